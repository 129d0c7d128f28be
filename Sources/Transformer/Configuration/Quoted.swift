/// `text` in single quotes as messages show what a user wrote: control characters escaped, long texts cut, so that a
/// hostile file can neither flood nor rewrite the terminal.
public func quoted(_ text: String) -> String {
  let limit = 80
  var result = "'"
  var count = 0
  for scalar in text.unicodeScalars {
    if count == limit {
      result += "…"
      break
    }
    count += 1
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
      result += scalar.escaped(asASCII: true)
    default:
      result.unicodeScalars.append(scalar)
    }
  }
  return result + "'"
}

/// A shape as messages show it: "[50368, 2048]", cut after a few dimensions.
func abbreviated(_ shape: [Int]) -> String {
  let shown = shape.prefix(8).map(String.init) + (shape.count > 8 ? ["…"] : [])
  return "[\(shown.joined(separator: ", "))]"
}
