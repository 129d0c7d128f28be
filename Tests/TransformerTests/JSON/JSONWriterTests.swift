import Testing

@testable import Transformer

@Suite struct JSONWriterTests {
  private let value: ConfigurationValue = .object([
    .init(key: "b", value: .array([.integer(-1), .number(0.1), .number(3), .null])),
    .init(key: "a", value: .object([.init(key: "t", value: .bool(true))])), .init(key: "c", value: .array([])),
    .init(key: "d", value: .object([])),
  ])

  @Test("the compact form has no spaces and keeps the order")
  func compact() {
    #expect(JSONWriter().text(value) == #"{"b":[-1,0.1,3.0,null],"a":{"t":true},"c":[],"d":{}}"#)
  }

  @Test("the indented form breaks lines and can sort keys")
  func indented() {
    let expected = """
      {
        "a": {
          "t": true
        },
        "b": [
          -1,
          0.1,
          3.0,
          null
        ],
        "c": [],
        "d": {}
      }
      """
    #expect(JSONWriter(keyOrder: .sorted, indentation: 2).text(value) == expected)
  }

  @Test(
    "every value reads back as it was",
    arguments: [
      ConfigurationValue.string("\"\\\u{0}\u{1F}\n\r\t/é😀\u{7F}\u{2028}"), .number(1e300),
      .number(.leastNonzeroMagnitude),
      .number(1e16),
      .number(0.30000000000000004), .number(-0.0), .integer(.min), .integer(.max), .number(1e22), .number(100),
    ])
  func roundTrip(value: ConfigurationValue) throws {
    #expect(try JSONParser().parse(JSONWriter().text(value)) == value)
    #expect(try JSONParser().parse(JSONWriter(indentation: 4).text(.array([value]))) == .array([value]))
  }

  @Test("numbers that JSON lacks become null")
  func nonFinite() {
    #expect(JSONWriter().text(.array([.number(.nan), .number(-.infinity)])) == "[null,null]")
  }
}
