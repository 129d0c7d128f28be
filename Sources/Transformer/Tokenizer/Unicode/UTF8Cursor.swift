/// Scalars of a buffer that is known to be valid UTF-8.
enum UTF8Cursor {
  /// The scalar whose first byte is at `position`, and its length in bytes.
  @inline(__always)
  static func scalar(_ bytes: UnsafePointer<UInt8>, _ position: Int) -> (value: UInt32, length: Int) {
    let lead = UInt32(bytes[position])
    if lead < 0x80 { return (lead, 1) }
    let second = UInt32(bytes[position + 1]) & 0x3F
    if lead < 0xE0 { return ((lead & 0x1F) << 6 | second, 2) }
    let third = UInt32(bytes[position + 2]) & 0x3F
    if lead < 0xF0 { return ((lead & 0x0F) << 12 | second << 6 | third, 3) }
    return ((lead & 0x07) << 18 | second << 12 | third << 6 | UInt32(bytes[position + 3]) & 0x3F, 4)
  }

  /// Where the scalar begins that ends at `end`.
  @inline(__always)
  static func start(before end: Int, _ bytes: UnsafePointer<UInt8>) -> Int {
    var position = end - 1
    while bytes[position] & 0xC0 == 0x80 { position -= 1 }
    return position
  }

  static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
    switch scalar {
    case 0..<0x80: bytes.append(UInt8(scalar))
    case 0x80..<0x800:
      bytes.append(UInt8(0xC0 | scalar >> 6))
      bytes.append(UInt8(0x80 | scalar & 0x3F))
    case 0x800..<0x10000:
      bytes.append(UInt8(0xE0 | scalar >> 12))
      bytes.append(UInt8(0x80 | scalar >> 6 & 0x3F))
      bytes.append(UInt8(0x80 | scalar & 0x3F))
    default:
      bytes.append(UInt8(0xF0 | scalar >> 18))
      bytes.append(UInt8(0x80 | scalar >> 12 & 0x3F))
      bytes.append(UInt8(0x80 | scalar >> 6 & 0x3F))
      bytes.append(UInt8(0x80 | scalar & 0x3F))
    }
  }

  /// Calls `body` with each scalar of `bytes`.
  static func forEach(_ bytes: some Collection<UInt8>, _ body: (UInt32) -> Void) {
    let done: Void? = bytes.withContiguousStorageIfAvailable { buffer in
      guard let base = buffer.baseAddress else { return }
      var position = 0
      while position < buffer.count {
        let (value, length) = scalar(base, position)
        body(value)
        position += length
      }
    }
    if done == nil { forEach(Array(bytes), body) }
  }
}
