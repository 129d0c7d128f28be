/// The text of each token by itself, as llama.cpp reads it from a GGUF file's vocabulary.
///
/// Unlike a tokenizer.json's decoder it goes by the token's type: what looks like a mark or a byte in one type is text in
/// another. Pieces may be parts of characters and make text together.
struct TokenPieces: Sendable {
  /// How a vocabulary spells a token's text.
  enum Spelling: Sendable {
    /// As it is.
    case text
    /// With U+2581 for each space.
    case marked
    /// In the characters of `ByteAlphabet`; as it is where one is not of these.
    case byteLevel
    /// As `<0x41>`.
    case byte
    /// The token has no text.
    case none
  }

  /// The spelling of each token, [id].
  var spellings: [Spelling]
  /// Whether the first token loses a space in front, which encoding has put there.
  var dropsFirstSpace = false

  /// - Parameter tokens: ids and their bytes in the vocabulary; `nil` for a token that is left out, which still counts as
  ///   the first one.
  func text(_ tokens: some Sequence<(id: Int32, spelled: [UInt8]?)>) -> String {
    var text: [UInt8] = []
    var isFirst = true
    for (id, spelled) in tokens {
      let piece = spelled.map { self.piece(id, $0) } ?? []
      let drops = isFirst && dropsFirstSpace && piece.first == UInt8(ascii: " ")
      text += piece.dropFirst(drops ? 1 : 0)
      isFirst = false
    }
    return String(decoding: text, as: UTF8.self)
  }

  private func piece(_ id: Int32, _ spelled: [UInt8]) -> [UInt8] {
    switch spellings[Int(id)] {
    case .text: return spelled
    case .marked: return Self.unmarked(spelled)
    case .byteLevel: return ByteAlphabet.decode(spelled) ?? spelled
    case .byte: return TokenDecoder.byte(spelled).map { [$0] } ?? spelled
    case .none: return []
    }
  }

  private static func unmarked(_ spelled: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(spelled.count)
    UTF8Cursor.forEach(spelled) { UTF8Cursor.append($0 == 0x2581 ? 0x20 : $0, to: &result) }
    return result
  }
}
