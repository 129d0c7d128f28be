@testable import Harness

/// The tree of a YAML text; `nil` for a text of nothing but comments.
func tree(_ text: String) throws(Diagnostic) -> YAMLNode? {
  try YAMLParser.parse(text, in: SourceText(text, from: .file(path: "t.yaml")))
}

/// What is wrong with a YAML text; empty when it has no fault.
func yamlFault(_ text: String) -> String {
  do {
    _ = try tree(text)
    return ""
  } catch { return error.description }
}

/// `a: &a …`, each anchor holding ten aliases of the one before: ten to the power of `levels` values.
func aliasBomb(levels: Int) -> String {
  (1...levels).reduce("x0: &x0 [0,0,0,0,0,0,0,0,0,0]\n") { text, level in
    let aliases = Array(repeating: "*x\(level - 1)", count: 10).joined(separator: ",")
    return text + "x\(level): &x\(level) [\(aliases)]\n"
  }
}
