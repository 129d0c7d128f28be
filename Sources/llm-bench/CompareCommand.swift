import ArgumentParser
import Harness

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Says of each trial of two runs whether B is faster or slower than A.",
    discussion: """
      Verdicts come from the 99 % interval of B's time divided by A's: SAME when it lies within the margin of 1, \
      else FASTER or SLOWER when it excludes 1, else UNDECIDED.
      """)

  @Argument(
    help: "A, the baseline: a folder with results.jsonl, the file, or a folder of rounds.", completion: .directory)
  var baseline: String

  @Argument(help: "B, likewise.", completion: .directory)
  var compared: String

  @Option(
    name: .customLong("fail-on-slower"), parsing: .unconditional,
    help: "Exit with 1 when a trial is SLOWER by more than this many percent.")
  var failOnSlower: Double?

  @Option(parsing: .unconditional, help: "Percent that B may differ from A and still be the SAME.")
  var margin = Verdict.defaultMargin

  @Option(help: "\(ComparisonFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
  var format = ComparisonFormat.text

  func run() throws {
    try Exit.end(
      CompareJob(
        baseline: baseline, compared: compared, format: format, failOnSlower: failOnSlower, margin: margin
      ).run())
  }
}

extension ComparisonFormat: ExpressibleByArgument {}
