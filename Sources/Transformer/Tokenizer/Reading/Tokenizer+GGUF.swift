extension Tokenizer {
  /// - Throws: `InputError` naming the key that is wrong or not supported.
  public convenience init(_ embedded: GGUFTokenizer) throws(InputError) { try self.init(Parts(embedded)) }
}

extension Tokenizer.Parts {
  private static let prefix = "tokenizer.ggml"

  init(_ embedded: GGUFTokenizer) throws(InputError) {
    let vocabulary = try Self.vocabulary(embedded)
    // Ids where a file names none.
    var beginning: Int?
    var end: Int?
    let addsBeginning: Bool
    switch embedded.model {
    case "gpt2":
      model = BPEModel(vocabulary: vocabulary, merges: try Self.listedMerges(embedded, vocabulary))
      model.mergesAcrossDropped = false
      pieces = Self.pieces(embedded, normal: .byteLevel, dropsFirstSpace: false)
      let rule = try GGUFPreTokenizer(embedded.preTokenizer)
      preTokenizer = rule.preTokenizer
      model.ignoresMerges = rule.ignoresMerges
      addsBeginning = rule.addsBeginningOfSequence
      (beginning, end) = (rule.beginningOfSequence, rule.endOfSequence)
    case "llama":
      model = BPEModel(vocabulary: vocabulary, merges: try Self.scoredMerges(embedded, vocabulary))
      let mark = Array("\u{2581}".utf8)
      let space = try TextPattern(literal: " ", path: [Self.prefix])
      let addsPrefix = embedded.addsSpacePrefix ?? true
      let spaces = Normalizer.replace(space, with: mark)
      normalizer = addsPrefix ? .sequence([.prepend(mark), spaces]) : spaces
      pieces = Self.pieces(embedded, normal: .marked, dropsFirstSpace: true)
      model.readByteTokens()
      model.fusesUnknown = true
      if let unknown = embedded.unknown {
        try Self.check(unknown, "unknown_token_id", embedded)
        model.unknownToken = embedded.tokens[unknown]
      }
      addsBeginning = true
    default:
      throw InputError(
        path: [Self.prefix, "model"], problem: "\(quoted(embedded.model)) is not supported",
        cure: "supported are gpt2 and llama; with other files give token ids")
    }
    addedTokens = try Self.addedTokens(embedded)
    prefersLongestTokens = true
    if embedded.addsBeginningOfSequence ?? addsBeginning {
      postProcessor.prefix = [
        try Self.boundary(embedded.beginningOfSequence, "bos_token_id", default: beginning, embedded)
      ]
    }
    if embedded.addsEndOfSequence ?? false {
      postProcessor.suffix = [
        try Self.boundary(embedded.endOfSequence, "eos_token_id", default: end, embedded)
      ]
    }
  }

  /// The text of tokens, by their types.
  private static func pieces(
    _ embedded: GGUFTokenizer, normal: TokenPieces.Spelling, dropsFirstSpace: Bool
  ) -> TokenPieces {
    let spellings = embedded.tokens.indices.map { id -> TokenPieces.Spelling in
      switch embedded.types.isEmpty ? 1 : embedded.types[id] {
      case 1: normal
      case 2...4: .text
      case 6: .byte
      default: .none
      }
    }
    return TokenPieces(spellings: spellings, dropsFirstSpace: embedded.addsSpacePrefix ?? dropsFirstSpace)
  }

  /// The token at an end of every text.
  private static func boundary(
    _ named: Int?, _ key: String, default fallback: Int?, _ embedded: GGUFTokenizer
  ) throws(InputError) -> Int32 {
    guard let id = named ?? fallback else {
      throw missing(key, "is missing and has no default for this tokenizer.ggml.pre")
    }
    guard named != nil || embedded.tokens.indices.contains(id) else {
      throw missing(key, "is missing, and the default, \(id), is outside the \(embedded.tokens.count) tokens")
    }
    try check(id, key, embedded)
    return Int32(id)
  }

  private static func missing(_ key: String, _ problem: String) -> InputError {
    InputError(
      path: [prefix, key], problem: problem,
      cure: "name the token in the file, or let tokenizer.ggml.add_\(key.prefix(3))_token be false")
  }

  private static func check(_ id: Int, _ key: String, _ embedded: GGUFTokenizer) throws(InputError) {
    guard embedded.tokens.indices.contains(id) else {
      throw InputError(
        path: [prefix, key], problem: "is \(id), outside the \(embedded.tokens.count) tokens",
        cure: "fetch the file again")
    }
  }

  private static func vocabulary(_ embedded: GGUFTokenizer) throws(InputError) -> Vocabulary {
    var vocabulary = Vocabulary(capacity: embedded.tokens.count)
    for (id, token) in embedded.tokens.enumerated() {
      do {
        try vocabulary.insert(token, id: id)
      } catch {
        // Files pad their vocabulary with tokens of no use, which may be equal.
        if case .duplicateToken = error { continue }
        throw error.inputError(token: token, id: id, path: [prefix, "tokens"])
      }
    }
    for (key, count) in [("scores", embedded.scores.count), ("token_type", embedded.types.count)]
    where count != 0 && count != embedded.tokens.count {
      throw InputError(
        path: [prefix, key], problem: "has \(count) entries for \(embedded.tokens.count) tokens",
        cure: "fetch the file again")
    }
    return vocabulary
  }

  /// Unknown, control and user-defined tokens are found in the text itself.
  private static func addedTokens(_ embedded: GGUFTokenizer) throws(InputError) -> [AddedToken] {
    var tokens: [AddedToken] = []
    for (id, type) in embedded.types.enumerated() where 2...4 ~= type {
      guard !embedded.tokens[id].isEmpty else { continue }
      var token = AddedToken(content: embedded.tokens[id], id: Int32(id), isSpecial: type != 4)
      token.isNormalized = false
      tokens.append(token)
    }
    return tokens
  }

  private static func listedMerges(_ embedded: GGUFTokenizer, _ vocabulary: Vocabulary) throws(InputError) -> MergeTable
  {
    var table = MergeTable(capacity: embedded.merges.count)
    for (rank, text) in embedded.merges.enumerated() {
      let parts = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw InputError(
          path: [prefix, "merges"], problem: "entry \(rank), \(quoted(text)), is not two tokens with a space between",
          cure: "fetch the file again")
      }
      do {
        try table.insert(String(Substring(parts[0])), String(Substring(parts[1])), rank: Int32(rank), vocabulary)
      } catch {
        throw InputError(path: [prefix, "merges"], problem: "entry \(rank): \(error.problem)", cure: error.cure)
      }
    }
    return table
  }

  /// Every way to make a token of two others, ranked by the token's score: SentencePiece keeps no list of merges.
  private static func scoredMerges(_ embedded: GGUFTokenizer, _ vocabulary: Vocabulary) throws(InputError) -> MergeTable
  {
    guard embedded.scores.count == embedded.tokens.count else {
      throw InputError(path: [prefix, "scores"], problem: "is missing", cure: "fetch the file again")
    }
    guard embedded.scores.allSatisfy({ !$0.isNaN }) else {
      throw InputError(path: [prefix, "scores"], problem: "holds NaN", cure: "fetch the file again")
    }
    let order = embedded.tokens.indices.sorted {
      (embedded.scores[$1], $0) < (embedded.scores[$0], $1)
    }
    var table = MergeTable(capacity: embedded.tokens.count * 4)
    var rank: Int32 = 0
    for (place, id) in order.enumerated() {
      if place > 0, embedded.scores[order[place - 1]] != embedded.scores[id] { rank += 1 }
      let bytes = Array(embedded.tokens[id].utf8)
      guard bytes.count <= 1024 else {
        throw InputError(
          path: [prefix, "tokens"], problem: "token \(id) has \(bytes.count) bytes, more than 1024",
          cure: "fetch the file again")
      }
      bytes.withUnsafeBufferPointer { buffer in
        for cut in 1..<max(1, bytes.count) where bytes[cut] & 0xC0 != 0x80 {
          guard let left = vocabulary.find(UnsafeBufferPointer(rebasing: buffer[..<cut])),
            let right = vocabulary.find(UnsafeBufferPointer(rebasing: buffer[cut...])),
            let merged = vocabulary.find(buffer)
          else { continue }
          table.insert(left: left, right: right, MergeTable.Merge(rank: rank, token: merged))
        }
      }
    }
    return table
  }
}
