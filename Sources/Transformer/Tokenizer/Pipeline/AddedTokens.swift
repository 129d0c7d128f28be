/// A token that is found in the text itself, before anything else is done to it.
public struct AddedToken: Sendable, Equatable {
  public var content: String
  public var id: Int32
  /// Control tokens, which decoding may leave out.
  public var isSpecial = false
  /// Only where no word goes on to its left or right.
  public var isSingleWord = false
  /// Takes the white space in front of it.
  public var stripsLeft = false
  /// Takes the white space behind it.
  public var stripsRight = false
  /// Found in normalized text instead.
  public var isNormalized = false

  public init(content: String, id: Int32, isSpecial: Bool = false) {
    self.content = content
    self.id = id
    self.isSpecial = isSpecial
    isNormalized = !isSpecial
  }
}

/// Finds added tokens: of those that begin leftmost the longest, or the longest of the whole text first.
struct AddedTokenFinder: Sendable {
  /// A search at each place takes as many steps as the longest token has bytes.
  static let lengthLimit = 512

  private let tokens: [AddedToken]
  /// As llama.cpp does: a token in the text gives way to a longer one, also where it begins before that.
  private let prefersLongest: Bool
  /// Bytes that a token begins with, [256].
  private var isFirst = [Bool](repeating: false, count: 256)
  /// Child of a node by a byte: the key is the node times 256 plus the byte.
  private var children: [UInt64: Int32] = [:]
  /// Token plus one that ends at a node; 0 is none.
  private var ends: [Int32] = [0]

  /// - Parameter spelling: a token as it stands in the text that is searched.
  init(
    _ tokens: [AddedToken], prefersLongest: Bool = false, spelling: (AddedToken) throws(InputError) -> [UInt8]
  ) throws(InputError) {
    self.tokens = tokens
    self.prefersLongest = prefersLongest
    for (index, token) in tokens.enumerated() {
      let bytes = try spelling(token)
      guard let first = bytes.first else {
        throw InputError(
          path: ["added_tokens"],
          problem: "nothing is left of \(quoted(token.content)) in normalized text, where it is looked for",
          cure: "let normalized be false, or remove the token")
      }
      guard bytes.count <= Self.lengthLimit else {
        throw InputError(
          path: ["added_tokens"],
          problem: "\(quoted(token.content)) has \(bytes.count) bytes, more than \(Self.lengthLimit)",
          cure: "remove the token")
      }
      isFirst[Int(first)] = true
      var node = 0
      for byte in bytes {
        let key = UInt64(node) << 8 | UInt64(byte)
        if let child = children[key] {
          node = Int(child)
        } else {
          children[key] = Int32(ends.count)
          node = ends.count
          ends.append(0)
        }
      }
      if ends[node] == 0 { ends[node] = Int32(index + 1) }
    }
  }

  /// A stretch of text, and the token that it is.
  struct Section {
    var range: Range<Int>
    var token: Int32?
  }

  /// Cuts `bytes`, valid UTF-8, at the tokens in it.
  func sections(of bytes: UnsafeBufferPointer<UInt8>) -> [Section] {
    guard let base = bytes.baseAddress, !bytes.isEmpty else { return [] }
    guard !children.isEmpty else { return [Section(range: 0..<bytes.count)] }
    if prefersLongest { return longestFirst(bytes) }
    var sections: [Section] = []
    var done = 0
    var position = 0
    while position < bytes.count {
      guard isFirst[Int(bytes[position])], let (index, length) = longest(bytes, position) else {
        position += 1
        continue
      }
      var start = position
      var end = position + length
      position = end
      let token = tokens[index]
      if token.isSingleWord, !standsAlone(base, bytes.count, start, end) { continue }
      // What the token before has stripped may hold this one: it stands there again, and text goes on behind it.
      if token.stripsLeft {
        if start < done { start = done }
        while start > done {
          let before = UTF8Cursor.start(before: start, base)
          guard ScalarProperties.isWhitespace(UTF8Cursor.scalar(base, before).value) else { break }
          start = before
        }
      }
      if token.stripsRight {
        while end < bytes.count {
          let (value, count) = UTF8Cursor.scalar(base, end)
          guard ScalarProperties.isWhitespace(value) else { break }
          end += count
        }
      }
      if done < start { sections.append(Section(range: done..<start)) }
      if start < end { sections.append(Section(range: start..<end, token: token.id)) }
      done = end
    }
    if done < bytes.count { sections.append(Section(range: done..<bytes.count)) }
    return sections
  }

  private func longest(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> (index: Int, length: Int)? {
    var node = 0
    var best: (index: Int, length: Int)?
    var position = start
    while position < bytes.count, let child = children[UInt64(node) << 8 | UInt64(bytes[position])] {
      node = Int(child)
      position += 1
      if ends[node] > 0 { best = (Int(ends[node]) - 1, position - start) }
    }
    return best
  }

  /// Cuts at every occurrence that overlaps no longer one, nor an earlier one of its length.
  private func longestFirst(_ bytes: UnsafeBufferPointer<UInt8>) -> [Section] {
    var found: [(index: Int, range: Range<Int>)] = []
    for start in bytes.indices where isFirst[Int(bytes[start])] {
      var node = 0
      var position = start
      while position < bytes.count, let child = children[UInt64(node) << 8 | UInt64(bytes[position])] {
        node = Int(child)
        position += 1
        if ends[node] > 0 { found.append((Int(ends[node]) - 1, start..<position)) }
      }
    }
    found.sort { ($1.range.count, $0.index, $0.range.lowerBound) < ($0.range.count, $1.index, $1.range.lowerBound) }
    // A longer occurrence that touches a shorter one holds its first or its last byte.
    var isTaken = [Bool](repeating: false, count: found.isEmpty ? 0 : bytes.count)
    let kept = found.filter { _, range in
      if isTaken[range.lowerBound] || isTaken[range.upperBound - 1] { return false }
      for position in range { isTaken[position] = true }
      return true
    }
    var sections: [Section] = []
    var done = 0
    for (index, range) in kept.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      if done < range.lowerBound { sections.append(Section(range: done..<range.lowerBound)) }
      sections.append(Section(range: range, token: tokens[index].id))
      done = range.upperBound
    }
    if done < bytes.count { sections.append(Section(range: done..<bytes.count)) }
    return sections
  }

  private func standsAlone(_ base: UnsafePointer<UInt8>, _ count: Int, _ start: Int, _ end: Int) -> Bool {
    if start > 0, Self.isWord(UTF8Cursor.scalar(base, UTF8Cursor.start(before: start, base)).value) { return false }
    return end == count || !Self.isWord(UTF8Cursor.scalar(base, end).value)
  }

  private static func isWord(_ value: UInt32) -> Bool {
    // The joiners count as parts of words here.
    value == 0x200C || value == 0x200D || ScalarProperties(value).isWord
  }
}
