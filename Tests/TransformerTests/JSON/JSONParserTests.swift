import Testing

@testable import Transformer

@Suite struct JSONParserTests {
  private func parse(_ text: String) throws -> ConfigurationValue { try JSONParser().parse(text) }

  @Test("values of every kind keep their types and the order of their keys")
  func kinds() throws {
    let value = try parse(#" {"b": [1, -2.5, true, null, "x"], "a": {}, "c": [], "d": false} "#)
    #expect(
      value
        == .object([
          .init(key: "b", value: .array([.integer(1), .number(-2.5), .bool(true), .null, .string("x")])),
          .init(key: "a", value: .object([])), .init(key: "c", value: .array([])),
          .init(key: "d", value: .bool(false)),
        ]))
  }

  @Test(
    "numbers are integers where 64 bits hold them and doubles otherwise",
    arguments: [
      ("0", ConfigurationValue.integer(0)), ("-0", .integer(0)), ("42", .integer(42)),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .number(9_223_372_036_854_775_808)),
      ("-9223372036854775809", .number(-9_223_372_036_854_775_808)), ("1.0", .number(1)), ("1e-05", .number(1e-5)),
      ("1E+2", .number(100)), ("-0.0", .number(-0.0)), ("5e-324", .number(.leastNonzeroMagnitude)),
    ] as [(String, ConfigurationValue)])
  func numbers(text: String, expected: ConfigurationValue) throws {
    #expect(try parse(text) == expected)
  }

  @Test(
    "what RFC 8259 forbids is refused",
    arguments: [
      "", " ", "01", "-", "1.", ".5", "+1", "1e", "1e+", "0x10", "--1", "1 2", "[1,]", "[,1]", "[1", "{", "{\"a\"}",
      "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:1}", "'a'", "\"a", "\"\\", "\"\\x\"", "\"\\u12g4\"", "\"\\u12", "\"a\nb\"",
      "\"\u{1}\"", "tru", "True", "nul", "nulll", "NaN", "Infinity", "-Infinity", "[1 2]", "{\"a\" 1}", "// x\n1",
      "\u{FEFF}1", "1e999", "-1e999", "]", "}", ":", ",", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"",
      "\"\\ud800\\udbff\"",
    ])
  func refused(text: String) {
    #expect(throws: InputError.self) { try parse(text) }
  }

  @Test("strings come with all their escapes")
  func escapes() throws {
    #expect(
      try parse(#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é😀""#) == .string("\"\\/\u{8}\u{C}\n\r\té😀é😀"))
  }

  @Test("Python's NaN and Infinity are numbers only where asked for")
  func nonFinite() throws {
    let parser = JSONParser(allowsNonFiniteNumbers: true)
    guard case .array(let values) = try parser.parse("[NaN, Infinity, -Infinity, -1]"),
      case .number(let nan) = values[0]
    else {
      Issue.record("not a list of numbers")
      return
    }
    #expect(nan.isNaN)
    #expect(values[1...] == [.number(.infinity), .number(-.infinity), .integer(-1)])
  }

  @Test("a key that appears twice is an error that names it, in small and in large mappings")
  func duplicateKeys() {
    let many = (0..<50).map { "\"k\($0)\": 0" }.joined(separator: ",")
    for text in [#"{"one": 1, "one": 2}"#, "{\"one\": 0,\(many),\"one\": 1}", "{\(many),\"k49\": 1}"] {
      let error = #expect(throws: InputError.self) { try parse(text) }
      #expect(error?.problem.contains("appears twice") == true)
      #expect(error?.problem.contains("'one'") == true || error?.problem.contains("'k49'") == true)
    }
  }

  @Test("keys that differ in their bytes only are two keys, as tokenizers need")
  func composedKeys() throws {
    guard case .object(let entries) = try parse("{\"\u{E9}\": 1, \"e\u{301}\": 2}") else { return }
    #expect(entries.count == 2)
  }

  @Test(
    "bytes that are no UTF-8 are refused where they stand",
    arguments: [
      [0x80], [0xC0, 0xAF], [0xC3], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5], [0xFF],
      [0xE2, 0x82], [0xF0, 0x9F, 0x98],
    ] as [[UInt8]])
  func invalidUTF8(sequence: [UInt8]) {
    let before = Array("\"0123456789".utf8)
    let error = #expect(throws: InputError.self) { try JSONParser().parse(before + sequence + Array("\"".utf8)) }
    #expect(error?.problem == "the bytes are not UTF-8 (byte \(before.count))")
  }

  @Test("an error says file, line, column in characters and byte offset")
  func place() {
    let error = #expect(throws: InputError.self) {
      try JSONParser(file: "config.json").parse("{\n  \"é\": 1,\n  \"è\" 2\n}")
    }
    #expect(error?.file == "config.json:3:7")
    #expect(error?.problem == "expected ':' after a key, found '2' (byte 20)")
  }

  @Test("nesting beyond the limit is refused, however deep, without exhausting the stack")
  func depth() throws {
    #expect(throws: Never.self) {
      try parse(String(repeating: "[", count: 128) + String(repeating: "]", count: 128))
    }
    for opening in ["[", "{\"a\":"] {
      let error = #expect(throws: InputError.self) { try parse(String(repeating: opening, count: 100_000)) }
      #expect(error?.problem.contains("nested more than 128 deep") == true)
    }
  }

  @Test("a message shows hostile text escaped and cut")
  func hostileText() {
    let key = String(repeating: "x", count: 10_000)
    let error = #expect(throws: InputError.self) { try parse("{\"\(key)\": 1, \"\(key)\": 1}") }
    #expect((error?.description.count ?? .max) < 300)
    #expect(quoted("\u{1B}[31m\u{202E}") == "'\\u{1B}[31m\\u{202E}'")
  }
}
