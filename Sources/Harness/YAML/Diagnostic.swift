/// One thing that is wrong with a sweep file or an override: where, what, and the cure.
public struct Diagnostic: Error, Sendable, CustomStringConvertible {
  /// What is wrong, as a sentence without a full stop.
  public let message: String
  /// What to do about it.
  public let cure: String?
  let range: SourceRange

  init(_ message: String, cure: String? = nil, at range: SourceRange) {
    self.message = message
    self.cure = cure
    self.range = range
  }

  /// The file, or `nil` when an override on the command line is at fault.
  public var file: String? {
    if case .file(let path) = range.source.origin { path } else { nil }
  }
  /// The line in the file or argument, from 1; `nil` when the file as a whole is at fault.
  public var line: Int? { range.line > 0 ? range.line : nil }
  /// The column in Unicode scalars, from 1; `nil` when the file as a whole is at fault.
  public var column: Int? { range.line > 0 ? range.column : nil }

  /// `file:line:column: message`, the source line with a caret under the fault, and the cure.
  public var description: String {
    var lines = ["\(place): \(message)"]
    let label = range.source.isArgument || range.line == 0 ? "" : "\(range.line)"
    let indent = String(repeating: " ", count: label.count + 2)
    if range.line > 0, range.length > 0 {
      let excerpt = Excerpt(of: range)
      lines.append("  \(label) | \(excerpt.text)")
      lines.append("\(indent) | \(excerpt.underline)")
    }
    if let cure { lines.append("\(indent)   \(cure)") }
    return lines.joined(separator: "\n")
  }

  private var place: String {
    switch range.source.origin {
    case .file(let path):
      let name = Excerpt.printable(path)
      return range.line > 0 ? "\(name):\(range.line):\(range.column)" : name
    case .argument:
      let line = range.line > 1 ? ", line \(range.line)" : ""
      return "command line\(line), column \(range.column)"
    }
  }
}

/// A source line as shown in a message, with the underline that belongs below it.
struct Excerpt {
  let text: String
  let underline: String

  /// Columns shown of a long line.
  private static let window = 100

  init(of range: SourceRange) {
    let line = Array(range.source.line(range.line).unicodeScalars)
    let column = min(max(range.column - 1, 0), line.count)
    // A long line is cut so that the fault stays in sight with some text before it.
    let start = line.count > Self.window ? min(max(0, column - 40), line.count - Self.window) : 0
    let end = min(line.count, start + Self.window)
    let head = start > 0 ? "…" : ""
    let tail = end < line.count ? "…" : ""
    text = head + Self.printable(line[start..<end]) + tail

    // Tabs are repeated below themselves, so that the caret stands right however wide the terminal draws them.
    let padding = line[start..<max(column, start)].map { $0 == "\t" ? "\t" : " " }.joined()
    let length = max(1, min(range.length, end - column))
    underline = (start > 0 ? " " : "") + padding + "^" + String(repeating: "~", count: length - 1)
  }

  /// The text with control characters replaced, so that no file can send commands to the terminal.
  static func printable(_ text: some Sequence<Unicode.Scalar>) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text {
      switch scalar.properties.generalCategory {
      case .control where scalar != "\t", .lineSeparator, .paragraphSeparator, .format: result.append("\u{FFFD}")
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  static func printable(_ text: String) -> String { printable(text.unicodeScalars) }

  /// A user's text in quotes for a message, cut when long.
  static func quoted(_ text: String) -> String {
    let head = printable(text.unicodeScalars.prefix(60))
    return text.unicodeScalars.dropFirst(60).isEmpty ? "'\(head)'" : "'\(head)…'"
  }
}
