/// Encodes pieces with a model and keeps what one call can pass on to the next: buffers and the words seen.
///
/// Used by one thread at a time.
final class BPEEncoder {
  private let model: BPEModel
  private var cache = WordCache()
  private var merger = SymbolMerger()
  private var symbols: [Int32] = []

  /// Longer words are rare, and rarely seen twice.
  private static let cachedLength = 48

  init(_ model: BPEModel) { self.model = model }

  /// Appends the tokens of a piece, valid UTF-8.
  ///
  /// - Throws: `InputError` when a character is unknown and so is the token for unknown characters.
  func encode(_ piece: UnsafeBufferPointer<UInt8>, into tokens: inout [Int32]) throws(InputError) {
    guard let base = piece.baseAddress, !piece.isEmpty else { return }
    guard let lead = model.wordMark.first else { return try encodeWord(piece, into: &tokens) }
    var start = 0
    var position = 0
    var wasMark = true
    while position < piece.count {
      let isMark =
        base[position] == lead && position + 2 < piece.count && base[position + 1] == model.wordMark[1]
        && base[position + 2] == model.wordMark[2]
      if isMark, !wasMark {
        try encodeWord(UnsafeBufferPointer(rebasing: piece[start..<position]), into: &tokens)
        start = position
      }
      wasMark = isMark
      position += isMark ? 3 : 1
    }
    try encodeWord(UnsafeBufferPointer(rebasing: piece[start...]), into: &tokens)
  }

  private func encodeWord(_ word: UnsafeBufferPointer<UInt8>, into tokens: inout [Int32]) throws(InputError) {
    guard word.count <= Self.cachedLength else { return try encodeUncached(word, into: &tokens) }
    let hash = ByteHash.hash(word.baseAddress!, count: word.count)
    if cache.append(word, hash: hash, to: &tokens) { return }
    let start = tokens.count
    try encodeUncached(word, into: &tokens)
    if tokens.count - start <= UInt16.max { cache.insert(word, hash: hash, tokens: tokens[start...]) }
  }

  private func encodeUncached(_ word: UnsafeBufferPointer<UInt8>, into tokens: inout [Int32]) throws(InputError) {
    if model.ignoresMerges, let token = model.vocabulary.find(word) {
      tokens.append(token)
      return
    }
    symbols.removeAll(keepingCapacity: true)
    try appendSymbols(of: word, into: &tokens)
    mergeSymbols(into: &tokens)
  }

  private func mergeSymbols(into tokens: inout [Int32]) {
    merger.merge(&symbols, model.merges)
    tokens.append(contentsOf: symbols)
    symbols.removeAll(keepingCapacity: true)
  }

  // MARK: Symbols

  /// The symbols that a word begins with, before any merge; where none may reach across, what is left of it is merged.
  private func appendSymbols(
    of word: UnsafeBufferPointer<UInt8>, into tokens: inout [Int32]
  ) throws(InputError) {
    let base = word.baseAddress!
    // Characters that wait to become one unknown token: as in the reference, the next known character ends the wait.
    var waitsUnknown = false
    var position = 0
    while position < word.count {
      let (scalar, length) = UTF8Cursor.scalar(base, position)
      let character = UnsafeBufferPointer(rebasing: word[position..<position + length])
      let isFirst = position == 0
      position += length
      let isLast = position == word.count
      if let symbol = symbol(scalar, character, isFirst: isFirst, isLast: isLast) {
        if waitsUnknown { symbols.append(try unknown(character)) }
        waitsUnknown = false
        symbols.append(symbol)
      } else if !model.byteTokens.isEmpty, appendBytes(of: decorated(character, isFirst: isFirst, isLast: isLast)) {
        continue
      } else if model.unknownToken != nil {
        if waitsUnknown, !model.fusesUnknown { symbols.append(try unknown(character)) }
        waitsUnknown = true
      } else if !model.mergesAcrossDropped {
        mergeSymbols(into: &tokens)
      }
    }
    if waitsUnknown { symbols.append(try unknown(word)) }
  }

  @inline(__always)
  private func symbol(
    _ scalar: UInt32, _ character: UnsafeBufferPointer<UInt8>, isFirst: Bool, isLast: Bool
  ) -> Int32? {
    if (isFirst || model.continuingPrefix.isEmpty) && (!isLast || model.endOfWordSuffix.isEmpty) {
      guard scalar < 0x800 else { return model.vocabulary.find(character) }
      let symbol = model.symbols[Int(scalar)]
      return symbol < 0 ? nil : symbol
    }
    return model.vocabulary.id(of: decorated(character, isFirst: isFirst, isLast: isLast))
  }

  private func decorated(_ character: UnsafeBufferPointer<UInt8>, isFirst: Bool, isLast: Bool) -> [UInt8] {
    (isFirst ? [] : model.continuingPrefix) + character + (isLast ? model.endOfWordSuffix : [])
  }

  /// Whether every byte has a token; if so, they are appended.
  private func appendBytes(of text: [UInt8]) -> Bool {
    guard text.allSatisfy({ model.byteTokens[Int($0)] >= 0 }) else { return false }
    for byte in text { symbols.append(model.byteTokens[Int(byte)]) }
    return true
  }

  private func unknown(_ text: UnsafeBufferPointer<UInt8>) throws(InputError) -> Int32 {
    let token = model.unknownToken ?? ""
    guard let id = model.vocabulary.id(of: token) else {
      throw InputError(
        path: ["model", "unk_token"],
        problem: "the vocabulary lacks a character of \(quoted(String(decoding: text, as: UTF8.self))), and the token "
          + "for unknown characters, \(quoted(token)), as well",
        cure: "fetch the tokenizer again, or use text of characters that it knows")
    }
    return id
  }
}
