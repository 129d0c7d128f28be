/// Everything that is wrong with a sweep file and the overrides given with it, ready for stderr.
public struct SweepFileError: Error, Sendable, CustomStringConvertible {
  /// Faults in the order of the file, then those of the overrides in the order of the command line.
  public let diagnostics: [Diagnostic]

  /// Faults shown at once: more do not help.
  private static let shownCount = 10

  init(_ diagnostics: [Diagnostic]) {
    // Stable: faults of one place stay in the order in which they were found, overrides behind the file.
    self.diagnostics = diagnostics.enumerated().sorted { first, second in
      Self.key(first.element, first.offset) < Self.key(second.element, second.offset)
    }.map(\.element)
  }

  private static func key(_ diagnostic: Diagnostic, _ offset: Int) -> (Int, Int, Int, Int) {
    let range = diagnostic.range
    return range.source.isArgument ? (1, 0, 0, offset) : (0, range.line, range.column, offset)
  }

  public var description: String {
    var parts = diagnostics.prefix(Self.shownCount).map(\.description)
    let rest = diagnostics.count - parts.count
    if rest > 0 { parts.append("… and \(rest) more") }
    return parts.joined(separator: "\n")
  }
}
