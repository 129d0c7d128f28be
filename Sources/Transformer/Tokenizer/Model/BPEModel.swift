/// Byte-pair encoding: how a piece of text becomes tokens (Sennrich, Haddow and Birch, 2016).
///
/// A piece starts as one symbol for each character. As long as a pair of neighbours is a merge, the pair of the smallest
/// rank, the leftmost among equals, becomes one symbol.
struct BPEModel: Sendable {
  var vocabulary: Vocabulary
  var merges: MergeTable
  /// The token of characters that the vocabulary lacks; without one they are dropped.
  var unknownToken: String?
  /// Whether neighbouring unknown characters make one token.
  var fusesUnknown = false
  /// Whether merges reach across a dropped character, as they do in `tokenizers` and not in llama.cpp.
  var mergesAcrossDropped = true
  /// In front of every character's symbol but a piece's first.
  var continuingPrefix: [UInt8] = []
  /// Behind a piece's last character's symbol.
  var endOfWordSuffix: [UInt8] = []
  /// The tokens `<0x00>` … `<0xFF>`, which stand for the bytes of characters that the vocabulary lacks, -1 where it lacks
  /// one, [256]; empty without this fallback.
  var byteTokens: [Int32] = []
  /// Whether a piece that is a token stays one.
  var ignoresMerges = false

  /// A character in front of which a piece may be cut without any change to its tokens, for no merge reaches across.
  private(set) var wordMark: [UInt8] = []
  /// The symbol of each scalar below U+0800 in the middle of a piece, or -1.
  private(set) var symbols: [Int32] = []

  init(vocabulary: Vocabulary, merges: MergeTable) {
    self.vocabulary = vocabulary
    self.merges = merges
  }

  /// Computes what encoding looks up; called once all is set.
  mutating func prepare() {
    symbols = (UInt32(0)..<0x800).map { scalar in
      var bytes: [UInt8] = []
      UTF8Cursor.append(scalar, to: &bytes)
      return vocabulary.id(of: bytes) ?? -1
    }
    wordMark = findWordMark()
  }

  static func byteToken(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return "<0x\(digits.count == 1 ? "0" : "")\(digits)>"
  }

  /// SentencePiece writes spaces as U+2581, and its tokens hold them only in front. A text without other cuts is then a
  /// row of words, which can be looked up one by one.
  private func findWordMark() -> [UInt8] {
    let mark: [UInt8] = [0xE2, 0x96, 0x81]
    guard continuingPrefix.isEmpty, endOfWordSuffix.isEmpty, !ignoresMerges, vocabulary.id(of: mark) != nil,
      unknownToken?.utf8.suffix(3).elementsEqual(mark) != true
    else { return [] }
    let crosses = merges.pairs.contains { left, right in
      guard let left = vocabulary.bytes(of: left), let right = vocabulary.bytes(of: right) else { return true }
      return right.starts(with: mark) && !left.suffix(3).elementsEqual(mark)
    }
    return crosses ? [] : mark
  }
}
