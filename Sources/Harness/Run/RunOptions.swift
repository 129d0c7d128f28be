/// What was typed after `llm-bench run`.
public struct RunOptions: Sendable, Equatable {
  /// The sweep file.
  public var sweepFile: String
  /// key=value
  public var overrides: [String] = []
  public var threads: Int?
  /// The folder of the results; `nil` makes a new one under results/.
  public var output: String?
  public var format = ResultFormat.text
  /// Go on with the rows that the folder holds.
  public var resume = false
  /// Print the trials and end.
  public var list = false
  /// Run this trial of the list only, from 1.
  public var point: Int?
  /// Measure the machine's ceilings before the first trial and after each, for mfu and mbu.
  public var roofline = true
  /// Attribute the time of each trial to operations.
  public var profile = false
  /// A file for the profile's steps; implies `profile`.
  public var trace: String?
  /// Another build or configuration to take turns with and to be compared to.
  public var against: String?
  /// Rounds that the comparison takes at most.
  public var rounds = RunOptions.defaultRounds
  /// Seconds after which no further round begins once there are enough for a verdict.
  public var maximumSeconds = RunOptions.defaultMaximumSeconds
  /// Percent that B may differ from A and still be the same.
  public var margin = Verdict.defaultMargin
  /// Be one side of such a comparison: measure when standard input says so.
  public var takesTurns = false
  /// Percent by which a trial may be slower before the comparison fails; `nil` never fails.
  public var failOnSlower: Double?

  public static let defaultRounds = 40
  public static let defaultMaximumSeconds = 900.0

  public init(sweepFile: String) { self.sweepFile = sweepFile }
}
