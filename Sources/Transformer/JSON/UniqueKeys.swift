/// Notices the second appearance of a key.
///
/// Keys are compared by their UTF-8 bytes: a vocabulary may well hold "é" both as one scalar and as two, which Swift's
/// own string equality takes for the same.
struct UniqueKeys {
  private struct Key: Hashable {
    let text: String

    static func == (left: Key, right: Key) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
      var text = text
      text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
  }

  // Most mappings are small, and for those a scan is faster than hashing.
  private static let scanLimit = 8
  private var few: [Key] = []
  private var many: Set<Key> = []

  /// Whether `text` was not among the keys before.
  mutating func insert(_ text: String) -> Bool {
    let key = Key(text: text)
    if few.count < Self.scanLimit {
      if few.contains(key) { return false }
      few.append(key)
      return true
    }
    if many.isEmpty { many = Set(few) }
    return many.insert(key).inserted
  }
}
