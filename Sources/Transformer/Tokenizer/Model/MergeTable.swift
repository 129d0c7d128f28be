/// The merges of byte-pair encoding: which two neighbours become one token, and which of all pairs goes first.
struct MergeTable: Sendable {
  /// What a pair of neighbours becomes; the smallest rank goes first.
  struct Merge: Sendable {
    var rank: Int32
    var token: Int32
  }

  /// Left token in the upper half, right token in the lower; `free` where there is none. A power of two, half full.
  private var keys: [UInt64]
  private var merges: [Merge]
  private(set) var count = 0

  // Ids are not negative, so no key has all bits set.
  private static let free = UInt64.max

  init(capacity: Int) {
    var size = 16
    while size < 2 * (capacity + 1) { size *= 2 }
    keys = Array(repeating: Self.free, count: size)
    merges = Array(repeating: Merge(rank: 0, token: 0), count: size)
  }

  /// Adds a merge; a later one of the same pair replaces it.
  mutating func insert(left: Int32, right: Int32, _ merge: Merge) {
    if (count + 1) * 2 > keys.count { grow() }
    place(Self.key(left, right), merge)
  }

  @inline(__always)
  func merge(_ left: Int32, _ right: Int32) -> Merge? {
    let key = Self.key(left, right)
    var slot = Int(truncatingIfNeeded: ByteHash.hash(key)) & (keys.count - 1)
    while keys[slot] != Self.free {
      if keys[slot] == key { return merges[slot] }
      slot = (slot + 1) & (keys.count - 1)
    }
    return nil
  }

  /// Left and right token of every merge.
  var pairs: [(left: Int32, right: Int32)] {
    keys.filter { $0 != Self.free }.map { (Int32(truncatingIfNeeded: $0 >> 32), Int32(truncatingIfNeeded: $0)) }
  }

  @inline(__always)
  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  private mutating func place(_ key: UInt64, _ merge: Merge) {
    var slot = Int(truncatingIfNeeded: ByteHash.hash(key)) & (keys.count - 1)
    while keys[slot] != Self.free, keys[slot] != key { slot = (slot + 1) & (keys.count - 1) }
    if keys[slot] == Self.free { count += 1 }
    keys[slot] = key
    merges[slot] = merge
  }

  private mutating func grow() {
    let old = zip(keys, merges).filter { $0.0 != Self.free }
    keys = Array(repeating: Self.free, count: keys.count * 2)
    merges = Array(repeating: Merge(rank: 0, token: 0), count: keys.count)
    count = 0
    for (key, merge) in old { place(key, merge) }
  }
}
