import Transformer

extension ConfigurationValue {
  /// What a plain (unquoted) YAML scalar means to those who write sweep files for OmegaConf.
  ///
  /// That is PyYAML's YAML 1.1 (`yes`, `on`, `0x10`, `010` in octal, `1_000`) with OmegaConf's floats (`1e-5` needs no
  /// point) and without its timestamps; base-60 numbers such as `1:30` stay strings. An integer beyond 64 bits becomes
  /// a number.
  init(plainScalar text: String) {
    switch text {
    case "", "~", "null", "Null", "NULL": self = .null
    case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": self = .bool(true)
    case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": self = .bool(false)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": self = .number(.infinity)
    case "-.inf", "-.Inf", "-.INF": self = .number(-.infinity)
    case ".nan", ".NaN", ".NAN": self = .number(.nan)
    default: self = Self.integer(from: text) ?? Self.number(from: text) ?? .string(text)
    }
  }

  private static func integer(from text: String) -> ConfigurationValue? {
    var digits = Substring(text)
    let sign = digits.first == "-" ? "-" : ""
    if digits.first == "-" || digits.first == "+" { digits.removeFirst() }
    guard let first = digits.utf8.first, isDigit(first) else { return nil }
    var radix = 10
    for (prefix, base) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) {
      digits.removeFirst(2)
      radix = base
    }
    if radix == 10, digits.count > 1, first == UInt8(ascii: "0") { radix = 8 }
    let plain = digits.filter { $0 != "_" }
    guard !plain.isEmpty, plain.utf8.allSatisfy({ Self.isDigit($0, radix: radix) }) else { return nil }
    if let value = Int(sign + plain, radix: radix) { return .integer(value) }
    let magnitude =
      radix == 10
      ? Double(plain) ?? .infinity : plain.reduce(0.0) { $0 * Double(radix) + Double($1.hexDigitValue ?? 0) }
    return .number(sign.isEmpty ? magnitude : -magnitude)
  }

  /// `[sign] digits [. digits] [e [sign] digits]` with a point or an exponent.
  private static func number(from text: String) -> ConfigurationValue? {
    var rest = Substring(text).utf8
    func digits() -> Int {
      let count = rest.prefix { isDigit($0) || $0 == UInt8(ascii: "_") }.count
      rest = rest.dropFirst(count)
      return count
    }
    func accept(_ characters: String) -> Bool {
      guard let next = rest.first, characters.utf8.contains(next) else { return false }
      rest = rest.dropFirst()
      return true
    }
    _ = accept("+-")
    guard let first = rest.first, isDigit(first) || first == UInt8(ascii: ".") else { return nil }
    let whole = digits()
    let point = accept(".")
    let fraction = point ? digits() : 0
    guard whole + fraction > 0 else { return nil }
    let exponent = accept("eE")
    if exponent {
      _ = accept("+-")
      guard digits() > 0 else { return nil }
    }
    guard rest.isEmpty, point || exponent else { return nil }
    return Double(text.filter { $0 != "_" }).map { .number($0) }
  }

  private static func isDigit(_ byte: UInt8, radix: Int = 10) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0")) < radix
    case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): radix == 16
    default: false
    }
  }
}
