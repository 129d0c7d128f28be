/// Tokens and their ids.
///
/// The tokens' bytes lie one after the other in one buffer; a table with open addressing finds them. Ids need not be dense.
struct Vocabulary: Sendable {
  /// Ids are indices of arrays here and of rows in a model: larger ones are a mistake or an attack.
  static let largestID = 1 << 24

  private var text: [UInt8] = []
  /// Start of each entry's bytes, and one more at the end.
  private var starts: [Int] = [0]
  private var ids: [Int32] = []
  /// Entry plus one of each slot; 0 is free. A power of two, at most half full.
  private var slots: [Int32]
  /// Entry plus one of each id; 0 is none.
  private var entries: [Int32] = []

  /// Tokens, added ones not included.
  var count: Int { ids.count }
  /// One more than the largest id.
  var idLimit: Int { entries.count }

  init(capacity: Int) {
    var size = 16
    while size < 2 * (capacity + 1) { size *= 2 }
    slots = Array(repeating: 0, count: size)
  }

  /// What keeps a token from being added.
  enum Conflict: Error {
    case duplicateToken
    case duplicateID(heldBy: String)
    case idOutOfRange
  }

  mutating func insert(_ token: String, id: Int) throws(Conflict) {
    guard id >= 0, id < Self.largestID else { throw .idOutOfRange }
    var token = token
    let isNew = token.withUTF8 { find($0) == nil }
    guard isNew else { throw .duplicateToken }
    if id < entries.count, entries[id] != 0 {
      throw .duplicateID(heldBy: String(decoding: bytes(ofEntry: Int(entries[id]) - 1), as: UTF8.self))
    }
    if (ids.count + 1) * 2 > slots.count { grow() }
    text.append(contentsOf: token.utf8)
    starts.append(text.count)
    ids.append(Int32(id))
    let entry = Int32(ids.count)
    token.withUTF8 { place(entry, hash: Self.hash($0)) }
    if id >= entries.count { entries.append(contentsOf: repeatElement(0, count: id + 1 - entries.count)) }
    entries[id] = entry
  }

  func id(of token: String) -> Int32? {
    var token = token
    return token.withUTF8 { find($0) }
  }

  func id(of token: [UInt8]) -> Int32? { token.withUnsafeBufferPointer { find($0) } }

  @inline(__always)
  func find(_ token: UnsafeBufferPointer<UInt8>) -> Int32? {
    var slot = Int(truncatingIfNeeded: Self.hash(token)) & (slots.count - 1)
    while slots[slot] != 0 {
      let entry = Int(slots[slot]) - 1
      if equal(entry, token) { return ids[entry] }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// The bytes of a token, or `nil` when no token has this id.
  func bytes(of id: Int32) -> ArraySlice<UInt8>? {
    guard id >= 0, Int(id) < entries.count, entries[Int(id)] != 0 else { return nil }
    return bytes(ofEntry: Int(entries[Int(id)]) - 1)
  }

  func contains(id: Int) -> Bool { id >= 0 && id < entries.count && entries[id] != 0 }

  private func bytes(ofEntry entry: Int) -> ArraySlice<UInt8> { text[starts[entry]..<starts[entry + 1]] }

  @inline(__always)
  private func equal(_ entry: Int, _ token: UnsafeBufferPointer<UInt8>) -> Bool {
    let start = starts[entry]
    guard starts[entry + 1] - start == token.count else { return false }
    for index in 0..<token.count where text[start + index] != token[index] { return false }
    return true
  }

  private static func hash(_ token: UnsafeBufferPointer<UInt8>) -> UInt64 {
    token.baseAddress.map { ByteHash.hash($0, count: token.count) } ?? 0
  }

  private mutating func place(_ entry: Int32, hash: UInt64) {
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = entry
  }

  private mutating func grow() {
    slots = Array(repeating: 0, count: slots.count * 2)
    for entry in ids.indices {
      let hash = text.withUnsafeBufferPointer {
        Self.hash(UnsafeBufferPointer(rebasing: $0[starts[entry]..<starts[entry + 1]]))
      }
      place(Int32(entry + 1), hash: hash)
    }
  }
}
