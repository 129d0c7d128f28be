/// Words seen before with their tokens; bounded, and forgotten all at once when it is full.
struct WordCache {
  private struct Entry {
    var hash: UInt64
    var textStart: Int32
    var tokenStart: Int32
    var textCount: UInt16
    var tokenCount: UInt16
  }

  private static let slotCount = 1 << 17
  private static let entryLimit = slotCount / 2

  private var entries: [Entry] = []
  private var text: [UInt8] = []
  private var tokens: [Int32] = []
  /// Entry plus one; 0 is free. Allocated with the first word.
  private var slots: [Int32] = []

  /// Appends the tokens of `word` when it is known, and says whether it was.
  @inline(__always)
  func append(_ word: UnsafeBufferPointer<UInt8>, hash: UInt64, to result: inout [Int32]) -> Bool {
    guard !slots.isEmpty else { return false }
    var slot = Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)
    while slots[slot] != 0 {
      let entry = entries[Int(slots[slot]) - 1]
      if entry.hash == hash, Int(entry.textCount) == word.count, equal(entry, word) {
        let start = Int(entry.tokenStart)
        for index in start..<start + Int(entry.tokenCount) { result.append(tokens[index]) }
        return true
      }
      slot = (slot + 1) & (Self.slotCount - 1)
    }
    return false
  }

  mutating func insert(_ word: UnsafeBufferPointer<UInt8>, hash: UInt64, tokens new: ArraySlice<Int32>) {
    if slots.isEmpty || entries.count == Self.entryLimit {
      slots = Array(repeating: 0, count: Self.slotCount)
      entries.removeAll(keepingCapacity: true)
      text.removeAll(keepingCapacity: true)
      tokens.removeAll(keepingCapacity: true)
    }
    var slot = Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)
    while slots[slot] != 0 { slot = (slot + 1) & (Self.slotCount - 1) }
    entries.append(
      Entry(
        hash: hash, textStart: Int32(text.count), tokenStart: Int32(tokens.count), textCount: UInt16(word.count),
        tokenCount: UInt16(new.count)))
    text.append(contentsOf: word)
    tokens.append(contentsOf: new)
    slots[slot] = Int32(entries.count)
  }

  @inline(__always)
  private func equal(_ entry: Entry, _ word: UnsafeBufferPointer<UInt8>) -> Bool {
    let start = Int(entry.textStart)
    for index in 0..<word.count where text[start + index] != word[index] { return false }
    return true
  }
}
