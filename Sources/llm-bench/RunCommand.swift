import ArgumentParser
import Harness

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Measures the trials of a sweep file.",
    discussion: """
      Rows go to standard output as they come and to results.jsonl in the output folder, on disk before the next \
      trial begins. All else goes to standard error.
      """)

  @Argument(help: "The sweep file, such as yamls/1b.yaml.", completion: .file(extensions: ["yaml", "yml"]))
  var config: String

  @Argument(help: "Values that replace those of the file, such as model.n_layers=2 batch_sizes=[1,2].")
  var overrides: [String] = []

  @Option(parsing: .unconditional, help: "Threads to use. (default: as many as the process may use)")
  var threads: Int?

  @Option(help: "Folder for results.jsonl. (default: results/BENCHMARK/TIME)", completion: .directory)
  var output: String?

  @Option(help: "What standard output holds: \(ResultFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
  var format = ResultFormat.text

  @Flag(help: "Go on with the rows of the output folder, or of the newest one.")
  var resume = false

  @Flag(help: "Print the trials, numbered from 1, and end.")
  var list = false

  @Option(parsing: .unconditional, help: "Run only this trial of the list, numbered from 1.")
  var point: Int?

  @Flag(
    inversion: .prefixedNo,
    help: "Measure the machine around trials, for MFU, MBU and predictions: three to four seconds each.")
  var roofline = true

  @Flag(help: "Attribute the time of each trial to operations, in a call of its own after the measured ones.")
  var profile = false

  @Option(
    help: "Write every step of the profiled calls to this file, for ui.perfetto.dev. Implies --profile.",
    completion: .file(extensions: ["json"]))
  var trace: String?

  @Option(
    help: """
      Take turns with another llm-bench, the folder of its checkout, another sweep file, or key=value, and compare: \
      that is A, this is B.
      """)
  var against: String?

  @Option(
    parsing: .unconditional, help: "With --against: rounds at most. (default: \(RunOptions.defaultRounds))")
  var rounds: Int?

  @Option(
    name: .customLong("max-seconds"), parsing: .unconditional,
    help:
      "With --against: seconds after which no round begins once there are enough for an interval. (default: \(RunOptions.defaultMaximumSeconds))"
  )
  var maximumSeconds: Double?

  @Option(
    parsing: .unconditional,
    help: "With --against: percent that B may differ from A and still be the SAME. (default: \(Verdict.defaultMargin))")
  var margin: Double?

  @Option(
    name: .customLong("fail-on-slower"), parsing: .unconditional,
    help: "With --against: exit with 1 when a trial is SLOWER by more than this many percent.")
  var failOnSlower: Double?

  @Flag(help: ArgumentHelp("Measure when standard input says so.", visibility: .hidden))
  var takeTurns = false

  func validate() throws {
    guard against == nil else { return }
    if failOnSlower != nil { throw ValidationError("--fail-on-slower needs --against.") }
    if rounds != nil { throw ValidationError("--rounds needs --against.") }
    if maximumSeconds != nil { throw ValidationError("--max-seconds needs --against.") }
    if margin != nil { throw ValidationError("--margin needs --against.") }
  }

  func run() throws {
    var options = RunOptions(sweepFile: config)
    options.overrides = overrides
    options.threads = threads
    options.output = output
    options.format = format
    options.resume = resume
    options.list = list
    options.point = point
    options.roofline = roofline
    options.profile = profile
    options.trace = trace
    options.against = against
    options.rounds = rounds ?? options.rounds
    options.maximumSeconds = maximumSeconds ?? options.maximumSeconds
    options.margin = margin ?? options.margin
    options.takesTurns = takeTurns
    options.failOnSlower = failOnSlower
    try Exit.end(RunJob(options: options).run())
  }
}

extension ResultFormat: ExpressibleByArgument {}
