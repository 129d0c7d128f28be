/// A text that positions point into: a sweep file or one command-line argument.
final class SourceText: Sendable {
  /// Where the text came from.
  enum Origin: Sendable, Equatable {
    case file(path: String)
    case argument
  }

  let origin: Origin
  let text: String

  init(_ text: String, from origin: Origin) {
    self.text = text
    self.origin = origin
  }

  var isArgument: Bool { origin == .argument }

  /// The line with the given number (from 1) without its line break; empty beyond the last.
  func line(_ number: Int) -> String {
    var current = 1
    var line = String.UnicodeScalarView()
    var previous: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      // "\r\n" is one break: the "\n" was counted with the "\r" before it.
      if scalar == "\n", previous == "\r" {
        previous = scalar
        continue
      }
      previous = scalar
      if Self.isLineBreak(scalar) {
        if current == number { break }
        current += 1
      } else if current == number {
        line.append(scalar)
      }
    }
    return String(line)
  }

  /// The line and column, both from 1, of the character that starts at or spans a byte of the text's UTF-8.
  func position(ofByte offset: Int) -> (line: Int, column: Int) {
    var line = 1
    var column = 1
    var byte = 0
    var previous: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      byte += UTF8.width(scalar)
      if byte > offset { break }
      if scalar == "\n", previous == "\r" {
        previous = scalar
        continue
      }
      previous = scalar
      if Self.isLineBreak(scalar) {
        line += 1
        column = 1
      } else {
        column += 1
      }
    }
    return (line, column)
  }

  /// The breaks that YAML 1.1 knows, which are those that libyaml counts lines by.
  private static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": true
    default: false
    }
  }
}

/// A stretch of one line of a source text.
struct SourceRange: Sendable {
  let source: SourceText
  /// From 1; 0 means the source as a whole (a file that cannot be opened has no lines).
  var line: Int
  /// In Unicode scalars, from 1.
  var column: Int
  /// In Unicode scalars; 0 when there is nothing to underline.
  var length: Int

  /// The source as a whole.
  static func whole(_ source: SourceText) -> SourceRange {
    SourceRange(source: source, line: 0, column: 0, length: 0)
  }

  /// From the start of this range to the end of `other`, or this range when `other` is not on the same line.
  func joined(to other: SourceRange) -> SourceRange {
    guard source === other.source, line == other.line, other.column >= column else { return self }
    var range = self
    range.length = other.column + other.length - column
    return range
  }

  /// Identifies the place of this range's first character.
  var start: Start { Start(source: ObjectIdentifier(source), line: line, column: column) }

  struct Start: Hashable {
    let source: ObjectIdentifier
    let line: Int
    let column: Int
  }
}
