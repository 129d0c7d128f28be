import Transformer

/// `llm-bench compare`: says of each trial of two runs whether the second is faster or slower.
public struct CompareJob {
  private let baseline: String
  private let compared: String
  private let format: ComparisonFormat
  private let failOnSlower: Double?
  private let standardOutput: any TextSink

  /// - Parameters:
  ///   - baseline, compared: A and B: results files, their folders, or folders of rounds.
  ///   - failOnSlower: percent by which a trial may be slower before the comparison fails; `nil` never fails.
  public init(
    baseline: String, compared: String, format: ComparisonFormat = .text, failOnSlower: Double? = nil,
    standardOutput: any TextSink = DescriptorSink.standardOutput
  ) {
    self.baseline = baseline
    self.compared = compared
    self.format = format
    self.failOnSlower = failOnSlower
    self.standardOutput = standardOutput
  }

  /// - Throws: `InputError` for runs that cannot be read or have no measured trial in common.
  public func run() throws -> CommandStatus {
    try Self.check(failOnSlower)
    let comparison = Comparison(try ComparedRun(path: baseline), try ComparedRun(path: compared))
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

  static func finish(
    _ comparison: Comparison, _ format: ComparisonFormat, _ failOnSlower: Double?, _ output: any TextSink
  ) throws -> CommandStatus {
    try output.write(comparison.text(format))
    return failOnSlower.map { comparison.isSlower(byMoreThan: $0) } ?? false ? .failed : .done
  }
}
