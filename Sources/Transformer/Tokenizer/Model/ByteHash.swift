/// Hashes short byte strings, such as words and tokens.
///
/// Folded multiplication over eight bytes at a time, with a seed that is new in each process: no file can be made of
/// colliding keys.
enum ByteHash {
  static let seed = UInt64.random(in: .min ... .max) | 1

  @inline(__always)
  static func hash(_ bytes: UnsafePointer<UInt8>, count: Int) -> UInt64 {
    let raw = UnsafeRawPointer(bytes)
    var hash = seed ^ UInt64(truncatingIfNeeded: count)
    var position = 0
    while count - position >= 8 {
      hash = mix(hash ^ raw.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      position += 8
    }
    var tail: UInt64 = 0
    while position < count {
      tail = tail << 8 | UInt64(bytes[position])
      position += 1
    }
    return mix(hash ^ tail)
  }

  @inline(__always)
  static func hash(_ key: UInt64) -> UInt64 { mix(key ^ seed) }

  @inline(__always)
  private static func mix(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15 ^ (seed << 1))
    let folded = product.high ^ product.low
    return folded ^ (folded >> 29)
  }
}
