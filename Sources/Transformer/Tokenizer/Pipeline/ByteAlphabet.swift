/// GPT-2's alphabet: each byte as a printable character, so that a vocabulary of bytes can be written as text.
///
/// Bytes that print in Latin-1 stand for themselves, the other 68 take U+0100 and the following, in order.
enum ByteAlphabet {
  /// The scalar of each byte, [256].
  static let scalars: [UInt32] = {
    var next: UInt32 = 0x100
    return (UInt32(0)..<256).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return byte
      default:
        defer { next += 1 }
        return next
      }
    }
  }()

  /// The byte of each scalar below U+0144, or -1, [0x144].
  private static let bytes: [Int16] = {
    var bytes = [Int16](repeating: -1, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = Int16(byte) }
    return bytes
  }()

  /// The UTF-8 of each byte's scalar: length in the upper byte's place, then one or two bytes, [256].
  private static let encodings: [(first: UInt8, second: UInt8)] = scalars.map { scalar in
    scalar < 0x80 ? (UInt8(scalar), 0) : (UInt8(0xC0 | scalar >> 6), UInt8(0x80 | scalar & 0x3F))
  }

  /// Appends the UTF-8 of what `source` is in this alphabet.
  static func append(_ source: UnsafeBufferPointer<UInt8>, to result: inout [UInt8]) {
    encodings.withUnsafeBufferPointer { encodings in
      for byte in source {
        let encoding = encodings[Int(byte)]
        result.append(encoding.first)
        if encoding.second != 0 { result.append(encoding.second) }
      }
    }
  }

  static func encode(_ source: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(source.count + source.count / 4)
    source.withUnsafeBufferPointer { append($0, to: &result) }
    return result
  }

  /// The bytes that a token spells; `nil` when one of its characters is not of this alphabet.
  static func decode(_ token: some Collection<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(token.count)
    var isKnown = true
    UTF8Cursor.forEach(token) { scalar in
      if scalar < 0x144, bytes[Int(scalar)] >= 0 {
        result.append(UInt8(bytes[Int(scalar)]))
      } else {
        isKnown = false
      }
    }
    return isKnown ? result : nil
  }
}
