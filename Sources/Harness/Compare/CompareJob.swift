import Transformer

/// `llm-bench compare`: says of each trial of two runs whether the second is faster or slower.
public struct CompareJob {
  private let baseline: String
  private let compared: String
  private let format: ComparisonFormat
  private let failOnSlower: Double?
  private let margin: Double
  private let standardOutput: any TextSink

  /// - Parameters:
  ///   - baseline, compared: A and B: results files, their folders, or folders of rounds.
  ///   - failOnSlower: percent by which a trial may be slower before the comparison fails; `nil` never fails.
  ///   - margin: percent below which a difference does not matter.
  public init(
    baseline: String, compared: String, format: ComparisonFormat = .text, failOnSlower: Double? = nil,
    margin: Double = Verdict.defaultMargin, standardOutput: any TextSink = DescriptorSink.standardOutput
  ) {
    self.baseline = baseline
    self.compared = compared
    self.format = format
    self.failOnSlower = failOnSlower
    self.margin = margin
    self.standardOutput = standardOutput
  }

  /// - Throws: `InputError` for runs that cannot be read or have no measured trial in common.
  public func run() throws -> CommandStatus {
    try Self.check(failOnSlower)
    try Self.check(margin: margin)
    let comparison = Comparison(
      try ComparedRun(path: baseline), try ComparedRun(path: compared), margin: margin)
    guard !comparison.trials.isEmpty else {
      throw InputError(
        file: compared, problem: "has no measured trial in common with \(baseline)",
        cure: "Compare runs of the same batch sizes and lengths.")
    }
    return try Self.finish(comparison, format, failOnSlower, standardOutput)
  }

  static func check(_ failOnSlower: Double?) throws {
    guard let percent = failOnSlower else { return }
    guard percent.isFinite, (0...1000).contains(percent) else {
      throw InputError(
        path: ["--fail-on-slower"], problem: "is \(percent)", cure: "Give a percentage from 0 to 1000.")
    }
  }

  static func check(margin: Double) throws {
    guard (0.1...100).contains(margin) else {
      throw InputError(path: ["--margin"], problem: "is \(margin)", cure: "Give a percentage from 0.1 to 100.")
    }
  }

  static func finish(
    _ comparison: Comparison, _ format: ComparisonFormat, _ failOnSlower: Double?, _ output: any TextSink
  ) throws -> CommandStatus {
    try output.write(comparison.text(format))
    return failOnSlower.map { comparison.isSlower(byMoreThan: $0) } ?? false ? .failed : .done
  }
}
