import Transformer

/// What the experiments of a lesson found.
struct LessonData: Sendable {
  /// The sweep file and the reader's overrides, as they were typed.
  var sweepFile: String
  var overrides: [String]
  var plan: LessonPlan
  var configuration: ModelConfiguration
  /// Rows of each experiment by its id, of all its turns.
  var rows: [String: [ReportRow]]
  /// Why an experiment has none.
  var failures: [String: String] = [:]

  /// The measured rows of an experiment.
  func measured(_ id: String) -> [ReportRow] { (rows[id] ?? []).filter(\.isMeasured) }

  /// The highest ceilings that any row of `experiments` has.
  func ceilings(_ experiments: String...) -> Ceilings? {
    experiments.flatMap { rows[$0] ?? [] }.compactMap(\.ceilings).reduce(nil) { best, next in
      best.map { $0.raised(to: next) } ?? next
    }
  }

  /// A command line that measures something else.
  func command(_ arguments: String) -> String {
    // ARGS is split at blanks: an override that has one is a word of its own there, and lists are written without.
    let words = overrides.map { $0.contains(" ") ? Self.shellWord($0) : $0 }.map(Self.shellText)
    let text = (words + [arguments.replacing(", ", with: ",")]).joined(separator: " ")
    return "make bench CONFIG=\(Self.shellWord(sweepFile)) ARGS=\"\(text)\""
  }

  /// A word that a shell takes as it is.
  static func shellWord(_ text: String) -> String {
    let isPlain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./+=,:".contains($0)) }
    return isPlain && !text.isEmpty
      ? text
      : "'"
        + text.split(separator: "'", omittingEmptySubsequences: false)
        .joined(separator: "'\\''") + "'"
  }

  /// Text inside double quotes, for make, to which one dollar is two.
  private static func shellText(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if character == "$" { result += "\\$" }
      if "\"\\$`".contains(character) { result.append("\\") }
      result.append(character)
    }
  }
}
