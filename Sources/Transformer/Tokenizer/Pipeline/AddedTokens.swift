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

/// Finds added tokens: of those that begin leftmost the longest.
struct AddedTokenFinder: Sendable {
  /// A search at each place takes as many steps as the longest token has bytes.
  static let lengthLimit = 512

  private let tokens: [AddedToken]
  /// Bytes that a token begins with, [256].
  private var isFirst = [Bool](repeating: false, count: 256)
  /// Child of a node by a byte: the key is the node times 256 plus the byte.
  private var children: [UInt64: Int32] = [:]
  /// Token plus one that ends at a node; 0 is none.
  private var ends: [Int32] = [0]

  /// - Parameter spelling: a token as it stands in the text that is searched.
  init(_ tokens: [AddedToken], spelling: (AddedToken) throws(InputError) -> [UInt8]) throws(InputError) {
    self.tokens = tokens
    for (index, token) in tokens.enumerated() {
      let bytes = try spelling(token)
      guard let first = bytes.first else { continue }
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
      if token.stripsLeft {
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
      sections.append(Section(range: min(start, end)..<end, token: token.id))
      done = max(done, end)
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

  private func standsAlone(_ base: UnsafePointer<UInt8>, _ count: Int, _ start: Int, _ end: Int) -> Bool {
    if start > 0, Self.isWord(UTF8Cursor.scalar(base, UTF8Cursor.start(before: start, base)).value) { return false }
    return end == count || !Self.isWord(UTF8Cursor.scalar(base, end).value)
  }

  private static func isWord(_ value: UInt32) -> Bool {
    // The joiners count as parts of words here.
    value == 0x200C || value == 0x200D || ScalarProperties(value).isWord
  }
}
