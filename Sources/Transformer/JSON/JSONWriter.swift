/// Writes a `ConfigurationValue` as JSON.
///
/// Numbers take their shortest form that reads back to the same double. JSON has no NaN and no infinity: both become
/// `null`.
public struct JSONWriter: Sendable {
  /// The order of a mapping's keys.
  public enum KeyOrder: Sendable {
    /// As the mapping has them.
    case given
    /// By their UTF-8 bytes.
    case sorted
  }

  public var keyOrder: KeyOrder
  /// Spaces per level, each element on a line of its own; `nil` writes everything on one line.
  public var indentation: Int?

  public init(keyOrder: KeyOrder = .given, indentation: Int? = nil) {
    self.keyOrder = keyOrder
    self.indentation = indentation
  }

  public func text(_ value: ConfigurationValue) -> String {
    var output = ""
    write(value, level: 0, to: &output)
    return output
  }

  private func write(_ value: ConfigurationValue, level: Int, to output: inout String) {
    switch value {
    case .null: output += "null"
    case .bool(let value): output += value ? "true" : "false"
    case .integer(let value): output += String(value)
    case .number(let value): output += value.isFinite ? "\(value)" : "null"
    case .string(let value): write(value, to: &output)
    case .array(let elements):
      write(elements, between: "[", and: "]", level: level, to: &output) { element, output in
        write(element, level: level + 1, to: &output)
      }
    case .object(let entries):
      let ordered =
        keyOrder == .given ? entries : entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      write(ordered, between: "{", and: "}", level: level, to: &output) { entry, output in
        write(entry.key, to: &output)
        output += indentation == nil ? ":" : ": "
        write(entry.value, level: level + 1, to: &output)
      }
    }
  }

  private func write<Element>(
    _ elements: [Element], between opening: String, and closing: String, level: Int, to output: inout String,
    element writeElement: (Element, inout String) -> Void
  ) {
    output += opening
    for (index, element) in elements.enumerated() {
      if index > 0 { output += "," }
      breakLine(level: level + 1, in: &output)
      writeElement(element, &output)
    }
    if !elements.isEmpty { breakLine(level: level, in: &output) }
    output += closing
  }

  private func breakLine(level: Int, in output: inout String) {
    guard let indentation else { return }
    output += "\n"
    output += String(repeating: " ", count: indentation * level)
  }

  private func write(_ text: String, to output: inout String) {
    output += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: output.unicodeScalars.append(scalar)
      }
    }
    output += "\""
  }
}
