/// The recursive-descent reader behind `JSONParser`: one pass over bytes that are known to be UTF-8.
struct JSONScanner {
  let bytes: UnsafeRawBufferPointer
  let depthLimit: Int
  let allowsNonFiniteNumbers: Bool
  var position = 0
  private var depth = 0

  init(_ bytes: UnsafeRawBufferPointer, depthLimit: Int, allowsNonFiniteNumbers: Bool) {
    self.bytes = bytes
    self.depthLimit = depthLimit
    self.allowsNonFiniteNumbers = allowsNonFiniteNumbers
  }

  mutating func document() throws(JSONError) -> ConfigurationValue {
    if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF {
      throw JSONError(at: 0, "JSON must not begin with a byte-order mark", cure: "save the file as plain UTF-8")
    }
    if let offset = UTF8Validation.firstInvalidByte(in: bytes) {
      throw JSONError(at: offset, "the bytes are not UTF-8", cure: "save the file as UTF-8")
    }
    let value = try value()
    skipWhitespace()
    if position < bytes.count { throw unexpected("the end of the file after the value") }
    return value
  }

  /// The byte at the read position, or `nil` at the end.
  @inline(__always)
  var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  @inline(__always)
  private mutating func skipWhitespace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  private mutating func value() throws(JSONError) -> ConfigurationValue {
    skipWhitespace()
    guard let next else { throw unexpected("a value") }
    switch next {
    case UInt8(ascii: "{"): return try nested { (scanner) throws(JSONError) in try scanner.object() }
    case UInt8(ascii: "["): return try nested { (scanner) throws(JSONError) in try scanner.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "N"), UInt8(ascii: "I"): return try nonFinite()
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw unexpected("a value")
    }
  }

  private mutating func nested(
    _ body: (inout JSONScanner) throws(JSONError) -> ConfigurationValue
  ) throws(JSONError) -> ConfigurationValue {
    guard depth < depthLimit else {
      throw JSONError(at: position, "lists and mappings are nested more than \(depthLimit) deep")
    }
    depth += 1
    position += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func array() throws(JSONError) -> ConfigurationValue {
    var elements: [ConfigurationValue] = []
    skipWhitespace()
    if next == UInt8(ascii: "]") {
      position += 1
      return .array(elements)
    }
    while true {
      elements.append(try value())
      skipWhitespace()
      switch next {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "]"):
        position += 1
        return .array(elements)
      default: throw unexpected("',' or ']' after a list's element")
      }
    }
  }

  private mutating func object() throws(JSONError) -> ConfigurationValue {
    var entries: [ConfigurationValue.Entry] = []
    var keys = UniqueKeys()
    skipWhitespace()
    if next == UInt8(ascii: "}") {
      position += 1
      return .object(entries)
    }
    while true {
      skipWhitespace()
      guard next == UInt8(ascii: "\"") else { throw unexpected("a key in double quotes") }
      let start = position
      let key = try string()
      guard keys.insert(key) else {
        throw JSONError(at: start, "the key \(quoted(key)) appears twice in one mapping", cure: "remove one of them")
      }
      skipWhitespace()
      guard next == UInt8(ascii: ":") else { throw unexpected("':' after a key") }
      position += 1
      entries.append(.init(key: key, value: try value()))
      skipWhitespace()
      switch next {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "}"):
        position += 1
        return .object(entries)
      default: throw unexpected("',' or '}' after a mapping's value")
      }
    }
  }

  private mutating func literal(
    _ word: StaticString, _ value: ConfigurationValue
  ) throws(JSONError) -> ConfigurationValue {
    let length = word.utf8CodeUnitCount
    guard bytes.count - position >= length,
      (0..<length).allSatisfy({ bytes[position + $0] == word.utf8Start[$0] })
    else { throw unexpected("a value") }
    position += length
    return value
  }

  private mutating func nonFinite() throws(JSONError) -> ConfigurationValue {
    guard allowsNonFiniteNumbers else {
      throw JSONError(at: position, "NaN and Infinity are not JSON", cure: "write null or a finite number")
    }
    return next == UInt8(ascii: "N")
      ? try literal("NaN", .number(.nan)) : try literal("Infinity", .number(.infinity))
  }

  func unexpected(_ expectation: String) -> JSONError {
    guard position < bytes.count else {
      return JSONError(at: position, "expected \(expectation), found the end of the file")
    }
    let rest = String(decoding: bytes[position..<min(position + 4, bytes.count)], as: UTF8.self)
    return JSONError(at: position, "expected \(expectation), found \(quoted(String(rest.unicodeScalars.prefix(1))))")
  }

  // MARK: Numbers

  private mutating func number() throws(JSONError) -> ConfigurationValue {
    let start = position
    let negative = next == UInt8(ascii: "-")
    if negative { position += 1 }
    if negative, next == UInt8(ascii: "I"), allowsNonFiniteNumbers {
      return try literal("Infinity", .number(-.infinity))
    }
    let firstDigit = position
    // The magnitude accumulates negated, so that the smallest Int needs no case of its own.
    var integer = 0
    var fits = true
    while let digit = digit() {
      if fits {
        let (product, productOverflow) = integer.multipliedReportingOverflow(by: 10)
        let (sum, sumOverflow) = product.subtractingReportingOverflow(digit)
        integer = sum
        fits = !productOverflow && !sumOverflow
      }
      position += 1
    }
    let digitCount = position - firstDigit
    guard digitCount > 0 else { throw unexpected("a digit") }
    if digitCount > 1, bytes[firstDigit] == UInt8(ascii: "0") {
      throw JSONError(at: firstDigit, "a number must not begin with 0", cure: "remove the leading zeros")
    }
    var isInteger = true
    if next == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      try digits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      isInteger = false
      position += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    if isInteger, fits {
      if negative { return .integer(integer) }
      if integer != Int.min { return .integer(-integer) }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let value = Double(text), value.isFinite || allowsNonFiniteNumbers else {
      throw JSONError(at: start, "the number is beyond ±\(Double.greatestFiniteMagnitude)")
    }
    return .number(value)
  }

  @inline(__always)
  private func digit() -> Int? {
    guard let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
    return Int(byte - UInt8(ascii: "0"))
  }

  private mutating func digits() throws(JSONError) {
    guard digit() != nil else { throw unexpected("a digit") }
    while digit() != nil { position += 1 }
  }
}
