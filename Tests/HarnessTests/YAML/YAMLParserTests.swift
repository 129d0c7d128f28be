import Testing
import Transformer

@testable import Harness

@Suite struct YAMLParserTests {
  @Test("keys and values know their line and column, counted in characters from 1")
  func positions() throws {
    let root = try #require(try tree("# first\nä: 1\nlist:\n  - x\n  - {ключ: значение}\n"))
    let pairs = try #require(root.pairs)
    #expect([pairs[0].keyRange.line, pairs[0].keyRange.column, pairs[0].keyRange.length] == [2, 1, 1])
    #expect([pairs[0].value.range.line, pairs[0].value.range.column] == [2, 4])
    let inner = try #require(pairs[1].value.elements?[1].pairs?[0])
    #expect([inner.keyRange.line, inner.keyRange.column, inner.keyRange.length] == [5, 6, 4])
    #expect([inner.value.range.line, inner.value.range.column, inner.value.range.length] == [5, 12, 8])
  }

  @Test("lines that end in carriage return and line feed count once")
  func windowsLines() throws {
    let fault = yamlFault("a: 1\r\nb: 2\r\na: 3\r\n")
    #expect(
      fault == """
        t.yaml:3:1: duplicate key 'a', first on line 1
          3 | a: 3
            | ^
              keep one of the two
        """)
  }

  @Test("an alias is the value of its anchor, the last one above it")
  func aliases() throws {
    let root = try #require(try tree("a: &x 1\nb: *x\nc: &x [2]\nd: *x"))
    #expect(root.value["b"] == .integer(1))
    #expect(root.value["d"] == .array([.integer(2)]))
    #expect(root.nodeCount == 7)
  }

  @Test("a merge key brings keys in, own keys win, and of several mappings the first")
  func mergeKeys() throws {
    let root = try #require(
      try tree("one: &one {a: 1, b: 1}\ntwo: &two {b: 2, c: 2}\nall: {c: 3, <<: [*one, *two], d: 3}\n"))
    let all = try #require(root.value["all"])
    #expect(["a", "b", "c", "d"].map { all[$0] } == [.integer(1), .integer(1), .integer(3), .integer(3)])
    #expect(yamlFault("a: {<<: 5}").hasPrefix("t.yaml:1:9: << must be given a mapping"))
    #expect(try tree("a: {'<<': 5}")?.value["a"]?["<<"] == .integer(5))
  }

  @Test("aliases that multiply into more values than a sweep has are refused")
  func aliasesMultiply() throws {
    #expect(try tree(aliasBomb(levels: 2)) != nil)
    #expect(
      yamlFault(aliasBomb(levels: 60)).hasPrefix("t.yaml:4:38: more than 10000 values"))
    let merges = "a: &a {\((0..<200).map { "k\($0): 0" }.joined(separator: ", "))}\n"
    let many = merges + (0..<60).map { "m\($0): {<<: *a}\n" }.joined()
    #expect(yamlFault(many).contains("more than 10000 values"))
  }

  @Test("an alias inside its own anchor is refused")
  func cyclicAliases() {
    #expect(yamlFault("a: &a [1, *a]").hasPrefix("t.yaml:1:11: alias *a stands inside its own anchor &a"))
    #expect(yamlFault("a: &a 1\nb: &a {c: *a}").hasPrefix("t.yaml:2:11: alias *a stands inside"))
  }

  @Test("nesting is bounded, whether in brackets or by indentation")
  func nesting() {
    #expect(yamlFault("a: " + String(repeating: "[", count: 100_000)).contains("nested deeper than 64 levels"))
    let indented = (0..<100).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n")
    #expect(yamlFault(indented).hasPrefix("t.yaml:65:65: nested deeper than 64 levels"))
    let allowed = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
    #expect(yamlFault("a: " + allowed) == "")
  }

  @Test(
    "a text that is no YAML is shown where it stops to be, with the cure",
    arguments: [
      ("a: 1\n\tb: 2", "t.yaml:2:1: not YAML: a tab cannot indent", "indent with spaces"),
      ("a:\n  b: 1\n \t c: 2", "t.yaml:3:2: not YAML: a tab cannot indent", "indent with spaces"),
      ("a: b: c", "t.yaml:1:5: not YAML: mapping values are not allowed", "put quotes around"),
      ("a: [1, 2\nb: 3", "t.yaml:1:4: not YAML: the list that starts here is not closed", "add the ]"),
      ("a: {b: 2\nc: 3\n", "t.yaml:1:4: not YAML: the mapping that starts here is not closed", "add the }"),
      ("a: [1 2}", "t.yaml:1:8: not YAML: did not find expected ',' or ']'", "close the list with ]"),
      ("a: 'b\nc: d", "t.yaml:1:4: not YAML: the text that starts here is not closed", "add the quote"),
      ("a: [${b}]", "t.yaml:1:6: not YAML: did not find expected ',' or ']'", "[\"${name}\"]"),
      ("a: @b", "t.yaml:1:4: not YAML: found character that cannot start any token", "put quotes around"),
      ("a: 1\n  b: 2", "t.yaml:2:4: not YAML: mapping values are not allowed", "align the key"),
      ("a:\n  b: 1\n c: 2", "t.yaml:3:2: not YAML: did not find expected key", "align this line"),
      ("a: \u{7}", "t.yaml:1:4: not YAML: control characters are not allowed", "remove it"),
      ("a: 1\n---\nb: 2", "t.yaml:2:1: a second document starts here", "keep one sweep in the file"),
      ("[a]: 1", "t.yaml:1:1: a key must be a name, not a list", "write 'key: value'"),
      ("a: *b", "t.yaml:1:4: unknown alias *b", "define it above with &b"),
      ("k: &anchor 1\na: *anchr", "t.yaml:2:4: unknown alias *anchr", "did you mean *anchor?"),
    ])
  func syntax(text: String, head: String, cure: String) {
    let fault = yamlFault(text)
    #expect(fault.hasPrefix(head))
    #expect(fault.split(separator: "\n").last?.contains(cure) == true)
  }

  @Test("a text of nothing but comments has no tree")
  func empty() throws {
    #expect(try tree("") == nil)
    #expect(try tree("# a\n\n# b") == nil)
    #expect(try tree("--- \n...")?.value == .null)
  }
}
