/// Notices the second appearance of a key.
///
/// Keys are compared by their UTF-8 bytes: a vocabulary may well hold "é" both as one scalar and as two, which Swift's
/// own string equality takes for the same. A table with open addressing that keeps the hashes, because a vocabulary's
/// 100,000 keys are the bulk of a tokenizer's file and a `Set` hashes each again whenever it grows.
struct UniqueKeys {
  // Most mappings are small, and for those a scan is faster than hashing.
  private static let scanLimit = 8
  private var keys: [String] = []
  private var hashes: [Int] = []
  /// Position in `keys` plus one; 0 is free. A power of two, at most half full.
  private var slots: [Int32] = []

  /// Whether `key` was not among the keys before.
  mutating func insert(_ key: String) -> Bool {
    if keys.count < Self.scanLimit {
      if keys.contains(where: { Self.equal($0, key) }) { return false }
      keys.append(key)
      return true
    }
    if keys.count * 2 >= slots.count { grow() }
    let hash = Self.hash(key)
    var slot = hash & (slots.count - 1)
    while slots[slot] != 0 {
      let index = Int(slots[slot]) - 1
      if hashes[index] == hash, Self.equal(keys[index], key) { return false }
      slot = (slot + 1) & (slots.count - 1)
    }
    keys.append(key)
    hashes.append(hash)
    slots[slot] = Int32(keys.count)
    return true
  }

  private mutating func grow() {
    for key in keys[hashes.count...] { hashes.append(Self.hash(key)) }
    slots = Array(repeating: 0, count: max(4 * Self.scanLimit, slots.count * 4))
    for (index, hash) in hashes.enumerated() {
      var slot = hash & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(index + 1)
    }
  }

  /// Seeded anew in each process, so that no file can be made of colliding keys.
  private static func hash(_ key: String) -> Int {
    var hasher = Hasher()
    var key = key
    key.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    return hasher.finalize()
  }

  private static func equal(_ left: String, _ right: String) -> Bool {
    left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
  }
}
