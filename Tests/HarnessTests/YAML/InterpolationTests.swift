import Testing
import Transformer

@testable import Harness

@Suite struct InterpolationTests {
  private func resolve(
    _ text: String, environment: [String: String] = [:]
  ) throws -> (value: ConfigurationValue, faults: [String]) {
    let log = DiagnosticLog()
    let root = try #require(try tree(text))
    let result = Interpolation.resolve(root, environment: { environment[$0] }, log: log)
    return (result.value, log.diagnostics.map(\.description))
  }

  @Test("a whole value keeps the type of its target, inside text it is text")
  func types() throws {
    let (value, faults) = try resolve(
      "n: 64\nl: [1, 2]\na: ${n}\nb: '${n}'\nc: x${n}y${n}\nd: ${l}\ne: ${l[1]}\nf: ${l.0}\ng: ${s.k}\ns: {k: yes}")
    #expect(faults == [])
    #expect(["a", "b", "e", "f"].map { value[$0] } == [.integer(64), .integer(64), .integer(2), .integer(1)])
    #expect(value["c"] == .string("x64y64"))
    #expect(value["d"] == .array([.integer(1), .integer(2)]))
    #expect(value["g"] == .bool(true))
  }

  @Test("targets may be interpolations themselves, built, relative, or below an interpolation")
  func indirection() throws {
    let (value, faults) = try resolve(
      "a: ${b}\nb: ${c.d}\nc: {d: 5, e: '${.d}', f: '${..which}'}\nwhich: d\ng: ${c.${which}}\nh: ${c}\ni: ${h.e}")
    #expect(faults == [])
    #expect(["a", "b", "g", "i"].map { value[$0] } == Array(repeating: .integer(5), count: 4))
    #expect(value["c"]?["e"] == .integer(5))
    #expect(value["c"]?["f"] == .string("d"))
  }

  @Test("a backslash takes the meaning of an interpolation away")
  func escapes() throws {
    #expect(try resolve("a: \\${b}").value["a"] == .string("${b}"))
    #expect(try resolve("b: 1\na: \\\\${b}").value["a"] == .string("\\1"))
    #expect(try resolve("a: c\\d${a2}\na2: 1").value["a"] == .string("c\\d1"))
    #expect(try resolve("a: $b {c}").value["a"] == .string("$b {c}"))
  }

  @Test("environment variables come with a default, and their numbers are numbers")
  func environment() throws {
    let text = "a: ${oc.env:N,3}\nb: ${oc.env:M, 3}\nc: x-${oc.env:N}\nd: ${oc.env:M,}\ne: ${oc.env:M,null}"
    let (value, faults) = try resolve(text, environment: ["N": "8"])
    #expect(faults == [])
    #expect(["a", "b"].map { value[$0] } == [.integer(8), .integer(3)])
    #expect(value["c"] == .string("x-8"))
    #expect(["d", "e"].map { value[$0] } == [.null, .null])
    #expect(try resolve("a: ${oc.env:N}\nb: 7", environment: ["N": "${b}"]).value["a"] == .string("${b}"))
  }

  @Test(
    "an interpolation that leads nowhere is shown with its place",
    arguments: [
      ("aa: ${ab}\nac: 1\nbb: 2", "t.yaml:1:5: unknown key 'ab' in an interpolation"),
      ("a: ${b}\nb: ${c}\nc: ${a}", "t.yaml:1:4: interpolations form a cycle: b → c → a → b"),
      ("a: ${a}", "t.yaml:1:4: interpolations form a cycle: a → a"),
      ("a: {b: '${a}'}", "t.yaml:1:8: interpolations form a cycle: a → a"),
      ("a: ${oc.env:N}", "t.yaml:1:4: environment variable 'N' is not set"),
      ("a: ${oc.decode:1}", "t.yaml:1:4: unknown resolver 'oc.decode'"),
      ("a: x${b}\nb: [1]", "t.yaml:1:4: '${b}' is a list and cannot be part of a text"),
      ("a: ${b", "t.yaml:1:4: an interpolation is not closed"),
      ("a: x${}", "t.yaml:1:4: an interpolation without a name"),
      ("a: ${b..c}", "t.yaml:1:4: '${b..c}' names nothing"),
      ("a: ${...b}", "t.yaml:1:4: '${...b}' leads above the file's top level"),
      ("a: ${b.5}\nb: [1]", "t.yaml:1:4: unknown key 'b.5' in an interpolation"),
    ])
  func faults(text: String, head: String) throws {
    let faults = try resolve(text).faults
    #expect(faults.first?.hasPrefix(head) == true, "\(faults)")
    #expect(faults.count == 1)
  }

  @Test("a misspelt target is answered with the whole name that was meant")
  func suggestions() throws {
    #expect(
      try resolve("a: ${modle.n}\nmodel: {n: 1}").faults == [
        """
        t.yaml:1:4: unknown key 'modle.n' in an interpolation
          1 | a: ${modle.n}
            |    ^~~~~~~~~~
              did you mean '${model.n}'?
        """
      ])
  }

  @Test("interpolations that multiply, grow or chain without end are refused")
  func bounds() throws {
    func doubling(_ pattern: (Int) -> String) -> String {
      "x0: start\n" + (1...60).map { "x\($0): \(pattern($0 - 1))\n" }.joined()
    }
    let lists = try resolve(doubling { "['${x\($0)}', '${x\($0)}']" }).faults
    #expect(lists.contains { $0.contains("more than 10000 values once interpolations are replaced") })
    let texts = try resolve(doubling { "${x\($0)}${x\($0)}" }).faults
    #expect(texts.contains { $0.contains("longer than 65536 bytes") })
    let chain = (0..<3000).map { "x\($0): ${x\($0 + 1)}\n" }.joined() + "x3000: 1"
    #expect(try resolve(chain).faults.contains { $0.contains("lead to each other without end") })
  }
}
