/// Collects what is wrong with a sweep, so that one run of the tool reports all of it.
final class DiagnosticLog {
  private(set) var diagnostics: [Diagnostic] = []
  private var reported: Set<SourceRange.Start> = []

  var isEmpty: Bool { diagnostics.isEmpty }

  /// Adds a fault, unless its value already has one: a second would be a consequence of the first.
  ///
  /// `cause` is the place where the faulty value was written, when that is not where it is shown: a bad value that
  /// reaches several keys by interpolation is reported once.
  func report(_ diagnostic: Diagnostic, cause: SourceRange? = nil) {
    if diagnostic.range.length > 0, !reported.insert((cause ?? diagnostic.range).start).inserted { return }
    diagnostics.append(diagnostic)
  }

  /// Whether a fault of the value written at `range` was reported.
  func hasFault(at range: SourceRange) -> Bool { reported.contains(range.start) }
}
