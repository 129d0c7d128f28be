/// Cures for what libyaml reports.
enum YAMLSyntax {
  /// What lacks its end, and which, when that is what the problem is.
  static func unclosed(_ problem: String) -> (what: String, end: String)? {
    switch problem {
    case "did not find expected ',' or ']'": ("the list", "]")
    case "did not find expected ',' or '}'": ("the mapping", "}")
    case "found unexpected end of stream": ("the text", "quote")
    default: nil
    }
  }

  static func cure(for problem: String, on line: String) -> String {
    if line.contains("${"), problem.contains("','") {
      return "put quotes around an interpolation inside [ ] or { }: [\"${name}\"]"
    }
    switch problem {
    case "mapping values are not allowed in this context":
      return "put quotes around a value that contains ': ', or align the key with the ones above"
    case "did not find expected key", "did not find expected '-' indicator":
      return "align this line with its neighbours"
    case "could not find expected ':'":
      return "write 'key: value' with a space after the colon"
    case "did not find expected ',' or ']'":
      return "put a comma between entries, or close the list with ]"
    case "did not find expected ',' or '}'":
      return "put a comma between entries, or close the mapping with }"
    case "found character that cannot start any token":
      return "put quotes around a value that starts with this character"
    default:
      return "check the indentation, quotes and brackets of this line and the one above"
    }
  }
}
