import Testing
import Transformer

@testable import Harness

@Suite struct YAMLScalarTests {
  @Test(
    "plain scalars mean what PyYAML and OmegaConf users expect",
    arguments: [
      ("", .null), ("~", .null), ("null", .null), ("NULL", .null), ("none", .string("none")),
      ("true", .bool(true)), ("Yes", .bool(true)), ("on", .bool(true)), ("no", .bool(false)), ("OFF", .bool(false)),
      ("y", .string("y")), ("tRUE", .string("tRUE")),
      ("0", .integer(0)), ("-7", .integer(-7)), ("+7", .integer(7)), ("1_000", .integer(1000)), ("0x1F", .integer(31)),
      ("010", .integer(8)), ("0o17", .integer(15)), ("0b101", .integer(5)), ("08", .string("08")),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .number(0x1p63)), ("-99999999999999999999", .number(-1e20)),
      ("1.5", .number(1.5)), ("1.", .number(1)), (".5", .number(0.5)), ("1e-5", .number(1e-5)), ("1E3", .number(1000)),
      ("-2.5e+3", .number(-2500)), (".inf", .number(.infinity)), ("-.INF", .number(-.infinity)),
      (".", .string(".")), ("-", .string("-")), ("e5", .string("e5")), ("1e", .string("1e")), ("1b", .string("1b")),
      ("1.2.3", .string("1.2.3")), ("0x", .string("0x")), ("1:30", .string("1:30")), ("_1", .string("_1")),
      ("2024-01-01", .string("2024-01-01")), ("inf", .string("inf")), ("nan", .string("nan")),
    ] as [(String, ConfigurationValue)])
  func plainScalars(text: String, value: ConfigurationValue) {
    #expect(ConfigurationValue(plainScalar: text) == value)
  }

  @Test("quotes and block styles make strings, tags decide otherwise")
  func stylesAndTags() throws {
    let root = try #require(
      try tree(
        """
        single: '5'
        double: "true"
        block: |
          7
        string: !!str 5
        float: !!float 5
        integer: !!int "5"
        """))
    #expect(
      root.value
        == .object([
          .init(key: "single", value: .string("5")), .init(key: "double", value: .string("true")),
          .init(key: "block", value: .string("7\n")), .init(key: "string", value: .string("5")),
          .init(key: "float", value: .number(5)), .init(key: "integer", value: .integer(5)),
        ]))
    #expect(yamlFault("a: !!int five").hasPrefix("t.yaml:1:4: 'five' is not what its tag says"))
    #expect(yamlFault("a: !!python/object:os.system x").hasPrefix("t.yaml:1:4: unknown tag"))
  }
}
