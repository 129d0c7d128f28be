/// Cuts normalized text into pieces that no token crosses: tokenizer.json's `pre_tokenizer`.
indirect enum PreTokenizer: Sendable {
  case sequence([PreTokenizer])
  /// Bytes as characters of `ByteAlphabet`, after cutting at `pattern`.
  case byteLevel(addsPrefixSpace: Bool, pattern: TextPattern?)
  /// Spaces as `replacement`.
  case metaspace(replacement: UInt32, prefix: MetaspacePrefix, splits: Bool)
  case split(TextPattern, SplitBehavior, inverted: Bool)
  /// White space removed; words and other text apart where `pattern` says so.
  case whitespace(TextPattern?)
  case digits(isIndividual: Bool)
  case punctuation(SplitBehavior)
  case delimiter(UInt32)

  /// GPT-2's rule, which `ByteLevel` applies by default.
  static let gpt2Pattern = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  func apply(_ pieces: inout PieceList, _ pool: MatcherPool) throws(InputError) {
    switch self {
    case .sequence(let rules): for rule in rules { try rule.apply(&pieces, pool) }
    case .byteLevel(let addsPrefixSpace, let pattern):
      if addsPrefixSpace {
        pieces.rewrite { text, _, result in
          if text.first != UInt8(ascii: " ") { result.append(UInt8(ascii: " ")) }
          result.append(contentsOf: text)
        }
      }
      if let pattern { try pieces.split(.isolated, at: pattern, pool) }
      pieces.rewrite { text, _, result in ByteAlphabet.append(text, to: &result) }
    case .metaspace(let replacement, let prefix, let splits):
      Self.metaspace(&pieces, replacement, prefix)
      if splits { try pieces.split(.mergedWithNext) { $0 == replacement } }
    case .split(let pattern, let behavior, let inverted):
      try pieces.split(behavior, at: pattern, inverted: inverted, pool)
    case .whitespace(let pattern?): try pieces.split(.removed, at: pattern, inverted: true, pool)
    case .whitespace(nil): try pieces.split(.removed, where: ScalarProperties.isWhitespace)
    case .digits(let isIndividual):
      try pieces.split(isIndividual ? .isolated : .contiguous) {
        $0 < 0x80 ? 0x30...0x39 ~= $0 : ScalarProperties($0).isNumeric
      }
    case .punctuation(let behavior): try pieces.split(behavior) { ScalarProperties($0).isPunctuation }
    case .delimiter(let delimiter): try pieces.split(.removed) { $0 == delimiter }
    }
  }

  private static func metaspace(_ pieces: inout PieceList, _ replacement: UInt32, _ prefix: MetaspacePrefix) {
    var mark: [UInt8] = []
    UTF8Cursor.append(replacement, to: &mark)
    pieces.rewrite { text, isFirst, result in
      let hasMark = text.starts(with: mark) || text.first == UInt8(ascii: " ")
      if !hasMark, prefix == .always || (prefix == .first && isFirst) { result.append(contentsOf: mark) }
      for byte in text {
        if byte == UInt8(ascii: " ") { result.append(contentsOf: mark) } else { result.append(byte) }
      }
    }
  }
}

/// Where `Metaspace` puts its mark in front of text without one.
enum MetaspacePrefix: String, Sendable {
  case always
  /// Before the text's first character only.
  case first
  case never
}
