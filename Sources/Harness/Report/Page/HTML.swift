/// HTML or SVG source. The literal parts of an interpolation are markup; every `String` inside is escaped on its way in, so
/// that no name from a results file can become an element, an attribute or a script.
struct HTML: Sendable, Equatable, ExpressibleByStringInterpolation {
  private(set) var source: String

  init(stringLiteral value: String) { source = value }
  init(stringInterpolation: StringInterpolation) { source = stringInterpolation.source }

  /// Text that must not be markup.
  static func text(_ text: String) -> HTML { "\(text)" }

  static let empty: HTML = ""

  var isEmpty: Bool { source.isEmpty }

  static func + (a: HTML, b: HTML) -> HTML {
    var sum = a
    sum.source += b.source
    return sum
  }

  static func += (a: inout HTML, b: HTML) { a.source += b.source }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var source = ""

    init(literalCapacity: Int, interpolationCount: Int) {
      source.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    mutating func appendLiteral(_ literal: String) { source += literal }
    mutating func appendInterpolation(_ html: HTML) { source += html.source }
    mutating func appendInterpolation(_ text: String) { HTML.escape(text, into: &source) }
    mutating func appendInterpolation(_ number: Int) { source += String(number) }
    /// A coordinate: one decimal is a tenth of a pixel.
    mutating func appendInterpolation(_ coordinate: Double) {
      source += coordinate.isFinite ? HTML.coordinate(coordinate) : "0"
    }
  }

  private static func coordinate(_ value: Double) -> String {
    let text = fixed(min(max(value, -1e6), 1e6), 1)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private static func escape(_ text: String, into output: inout String) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\"": output += "&quot;"
      case "'": output += "&#39;"
      case "\n", "\t": output.unicodeScalars.append(scalar)
      // Control characters are no HTML; marks of writing direction would reorder what stands around them.
      case "\u{0}"..<"\u{20}", "\u{7F}"..."\u{9F}", "\u{200E}"..."\u{200F}", "\u{202A}"..."\u{202E}",
        "\u{2066}"..."\u{2069}", "\u{FFFE}"..."\u{FFFF}":
        output += "\u{FFFD}"
      default: output.unicodeScalars.append(scalar)
      }
    }
  }
}

extension Sequence<HTML> {
  /// One after the other.
  func joined(separator: HTML = "") -> HTML {
    var result = HTML.empty
    var isFirst = true
    for part in self {
      if !isFirst { result += separator }
      result += part
      isFirst = false
    }
    return result
  }
}
