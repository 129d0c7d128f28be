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
    if reported.insert((cause ?? diagnostic.range).start).inserted { diagnostics.append(diagnostic) }
  }

  /// Adds the fault that a key is missing; several may be shown at one place.
  func reportMissing(_ diagnostic: Diagnostic) { diagnostics.append(diagnostic) }
}
