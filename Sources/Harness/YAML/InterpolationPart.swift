/// A stretch of a text with interpolations.
enum InterpolationPart: Equatable {
  case literal(String)
  /// What stands between `${` and `}`; may hold further interpolations.
  case reference(String)

  /// Why a text cannot be taken apart.
  struct SyntaxError: Error, Equatable {
    let problem: String
    let cure: String
  }

  /// Takes a text apart; neighbouring parts are never both literals.
  static func parse(_ text: String) throws(SyntaxError) -> [InterpolationPart] {
    var parts: [InterpolationPart] = []
    var literal = ""
    var rest = Substring(text).unicodeScalars
    while let scalar = rest.first {
      if scalar == "\\" {
        let backslashes = rest.prefix { $0 == "\\" }.count
        rest = rest.dropFirst(backslashes)
        guard rest.starts(with: "${".unicodeScalars) else {
          literal += String(repeating: "\\", count: backslashes)
          continue
        }
        // Backslashes escape only in front of "${": a pair is one backslash, an odd one takes the meaning away.
        literal += String(repeating: "\\", count: backslashes / 2)
        if backslashes % 2 == 1 {
          literal += "${"
          rest = rest.dropFirst(2)
        }
      } else if rest.starts(with: "${".unicodeScalars) {
        rest = rest.dropFirst(2)
        let reference = try reference(from: &rest)
        if !literal.isEmpty { parts.append(.literal(literal)) }
        literal = ""
        parts.append(.reference(reference))
      } else {
        literal.unicodeScalars.append(scalar)
        rest = rest.dropFirst()
      }
    }
    if !literal.isEmpty || parts.isEmpty { parts.append(.literal(literal)) }
    return parts
  }

  /// Reads up to the brace that closes the reference.
  private static func reference(from rest: inout Substring.UnicodeScalarView) throws(SyntaxError) -> String {
    var reference = ""
    var level = 1
    while let scalar = rest.popFirst() {
      if scalar == "{" { level += 1 }
      if scalar == "}" { level -= 1 }
      if level == 0 {
        if reference.allSatisfy({ $0 == " " }) {
          throw SyntaxError(problem: "an interpolation without a name", cure: "write ${key} or ${section.key}")
        }
        return reference
      }
      reference.unicodeScalars.append(scalar)
    }
    throw SyntaxError(problem: "an interpolation is not closed", cure: "close it with }, or write \\${ for a plain ${")
  }
}
