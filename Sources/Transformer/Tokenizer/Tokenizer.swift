import Synchronization

/// Turns text into token ids and back, with the ids that the Hugging Face library `tokenizers` gives.
///
/// Text goes through the stages of a tokenizer.json: added tokens are cut out, the rest is normalized, cut into pieces and
/// encoded by byte-pair encoding. Time is linear in the text but for a logarithm in the length of a piece. Truncation
/// and padding that a file asks for are not applied. Calls from several threads wait for each other.
public final class Tokenizer: Sendable {
  /// What a tokenizer is made of, whatever file it came from.
  struct Parts: Sendable {
    var model: BPEModel
    var addedTokens: [AddedToken] = []
    var normalizer: Normalizer?
    var preTokenizer: PreTokenizer?
    var postProcessor = PostProcessor()
    var decoder: TokenDecoder?
    /// Instead of a decoder.
    var pieces: TokenPieces?
    /// Whether the longest added tokens of a text are cut out first.
    var prefersLongestTokens = false
  }

  /// What encoding changes: caches and buffers.
  private final class Scratch {
    let pool: MatcherPool
    let encoder: BPEEncoder

    init(_ pool: MatcherPool, _ model: BPEModel) {
      self.pool = pool
      encoder = BPEEncoder(model)
    }
  }

  private let parts: Parts
  private let added: [Int32: AddedToken]
  /// By the UTF-8: equal strings may be canonically equivalent only.
  private let addedIDs: [[UInt8]: Int32]
  private let rawFinder: AddedTokenFinder
  private let normalizedFinder: AddedTokenFinder
  /// Used under the lock alone.
  private nonisolated(unsafe) let scratch: Scratch
  private let lock = Mutex(())

  /// One more than the largest id.
  public let vocabularySize: Int

  /// Longer texts are refused.
  public static let textLimit = 1 << 30

  /// - Throws: `InputError` when a normalizer or an added token cannot be used.
  init(_ parts: Parts) throws(InputError) {
    var parts = parts
    parts.model.prepare()
    try parts.checkFirstPiece()
    let pool = MatcherPool()
    // Of tokens that are equal when normalized, a special one is found.
    let listed = parts.addedTokens.filter(\.isSpecial) + parts.addedTokens.filter { !$0.isSpecial }
    rawFinder = try AddedTokenFinder(
      listed.filter { !$0.isNormalized }, prefersLongest: parts.prefersLongestTokens
    ) { Array($0.content.utf8) }
    let normalizer = parts.normalizer
    normalizedFinder = try AddedTokenFinder(listed.filter(\.isNormalized)) {
      (token) throws(InputError) in
      var text = Normalizer.Text(bytes: Array(token.content.utf8), isFirst: true)
      try normalizer?.apply(&text, pool)
      return text.bytes
    }
    added = Dictionary(parts.addedTokens.map { ($0.id, $0) }) { _, last in last }
    addedIDs = Dictionary(parts.addedTokens.map { (Array($0.content.utf8), $0.id) }) { _, last in last }
    let limit = parts.addedTokens.map { Int($0.id) + 1 }.max() ?? 0
    vocabularySize = max(limit, parts.model.vocabulary.idLimit)
    self.parts = parts
    scratch = Scratch(pool, parts.model)
  }

  // MARK: Tokens

  /// The id of a token, spelled as in the vocabulary.
  public func id(of token: String) -> Int32? { addedIDs[Array(token.utf8)] ?? parts.model.vocabulary.id(of: token) }

  /// The token of an id, spelled as in the vocabulary; `nil` for an id that is not in use.
  public func token(_ id: Int32) -> String? {
    added[id]?.content ?? parts.model.vocabulary.bytes(of: id).map { String(decoding: $0, as: UTF8.self) }
  }

  public func isSpecial(_ id: Int32) -> Bool { added[id]?.isSpecial ?? false }

  /// Whether decoding is the same without this token.
  ///
  /// - Parameter isFirst: whether no token stands in front of it.
  func isIgnored(_ id: Int32, isFirst: Bool, skipsSpecialTokens: Bool) -> Bool {
    guard token(id) != nil else { return true }
    let isLeftOut = skipsSpecialTokens && isSpecial(id)
    guard let pieces = parts.pieces else { return isLeftOut }
    return !isFirst && (isLeftOut || pieces.spellings[Int(id)] == .none)
  }

  /// What stands in front of every text that special tokens are put around.
  public var specialPrefix: [Int32] { parts.postProcessor.prefix }

  // MARK: Encoding

  /// The ids of `text`.
  ///
  /// - Parameter addsSpecialTokens: whether tokens such as a beginning of sequence are put around it, as the file says.
  /// - Throws: `InputError` when the vocabulary lacks a character and the token for unknown ones, when a pattern would read
  ///   the text too many times, or when the text is longer than `textLimit`.
  public func encode(_ text: String, addsSpecialTokens: Bool = true) throws(InputError) -> [Int32] {
    var text = text
    let result: Result<[Int32], InputError> = text.withUTF8 { bytes in
      Result { () throws(InputError) in try encode(validUTF8: bytes, addsSpecialTokens: addsSpecialTokens) }
    }
    return try result.get()
  }

  private func encode(
    validUTF8 bytes: UnsafeBufferPointer<UInt8>, addsSpecialTokens: Bool
  ) throws(InputError) -> [Int32] {
    guard bytes.count <= Self.textLimit else {
      throw InputError(
        problem: "the text has \(bytes.count) bytes, more than \(Self.textLimit)", cure: "encode it in parts")
    }
    var ids: [Int32] = []
    ids.reserveCapacity(bytes.count / 3 + 8)
    if addsSpecialTokens { ids += parts.postProcessor.prefix }
    let sections = rawFinder.sections(of: bytes)
    try lock.withLock { _ throws(InputError) in
      for section in sections {
        if let token = section.token {
          ids.append(token)
        } else {
          let part = UnsafeBufferPointer(rebasing: bytes[section.range])
          try encode(part, isFirst: section.range.lowerBound == 0, into: &ids)
        }
      }
    }
    if addsSpecialTokens { ids += parts.postProcessor.suffix }
    return ids
  }

  /// Encodes text between added tokens.
  private func encode(
    _ bytes: UnsafeBufferPointer<UInt8>, isFirst: Bool, into ids: inout [Int32]
  ) throws(InputError) {
    var text = Normalizer.Text(bytes: Array(bytes), isFirst: isFirst)
    try parts.normalizer?.apply(&text, scratch.pool)
    let sections = text.bytes.withUnsafeBufferPointer { normalizedFinder.sections(of: $0) }
    for section in sections {
      if let token = section.token {
        ids.append(token)
        continue
      }
      let isWhole = section.range == 0..<text.bytes.count
      var pieces = PieceList(
        Normalizer.Text(
          bytes: isWhole ? text.bytes : Array(text.bytes[section.range]),
          isFirst: text.isFirst && section.range.lowerBound == 0))
      try parts.preTokenizer?.apply(&pieces, scratch.pool)
      var failure: InputError?
      pieces.bytes.withUnsafeBufferPointer { buffer in
        do throws(InputError) {
          for range in pieces.ranges {
            try scratch.encoder.encode(UnsafeBufferPointer(rebasing: buffer[range]), into: &ids)
          }
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
    }
  }

  // MARK: Decoding

  /// The text of `ids`; ids that are not in use are skipped, and bytes that are no UTF-8 become U+FFFD.
  ///
  /// - Throws: `InputError` when a pattern of the decoder would read the tokens too many times.
  public func decode(_ ids: some Sequence<Int32>, skipsSpecialTokens: Bool = true) throws(InputError) -> String {
    if let pieces = parts.pieces {
      return pieces.text(
        ids.lazy.filter { self.token($0) != nil }.map { id in
          (id, skipsSpecialTokens && self.isSpecial(id) ? nil : self.token(id).map { Array($0.utf8) })
        })
    }
    var tokens: [[UInt8]] = []
    for id in ids {
      if let token = added[id] {
        if !(skipsSpecialTokens && token.isSpecial) { tokens.append(Array(token.content.utf8)) }
      } else if let bytes = parts.model.vocabulary.bytes(of: id) {
        tokens.append(Array(bytes))
      }
    }
    guard let decoder = parts.decoder else {
      return String(decoding: Array(tokens.joined(separator: [UInt8(ascii: " ")])), as: UTF8.self)
    }
    let texts = try lock.withLock { _ throws(InputError) in try decoder.apply(tokens, scratch.pool) }
    return String(decoding: Array(texts.joined()), as: UTF8.self)
  }
}
