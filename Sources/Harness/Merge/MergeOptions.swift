/// What was typed after `llm-bench merge`.
public struct MergeOptions: Sendable, Equatable {
  /// Results folders, folders of such folders, or results files.
  public var inputs: [String]
  /// The folder to write.
  public var output: String
  /// The sweep file, whose list of trials then replaces the one that the rows carry.
  public var sweepFile: String?
  /// key=value for the sweep file.
  public var overrides: [String] = []
  /// Write the rows of all machines into one file.
  public var acrossMachines = false

  public init(inputs: [String], output: String) {
    self.inputs = inputs
    self.output = output
  }
}
