/// Turns tokens back into text: tokenizer.json's `decoder`.
indirect enum TokenDecoder: Sendable {
  case sequence([TokenDecoder])
  /// From the characters of `ByteAlphabet`.
  case byteLevel
  /// From `<0x41>` and its like.
  case byteFallback
  /// All tokens to one.
  case fuse
  case metaspace(replacement: UInt32, prefix: MetaspacePrefix)
  case replace(TextPattern, with: [UInt8])
  /// Removes up to `start` and `stop` of a character at the ends of each token.
  case strip(UInt32, start: Int, stop: Int)
  /// The mark of a word's end becomes a space.
  case endOfWord(TextPattern)

  /// - Parameter tokens: UTF-8, [token][byte].
  func apply(_ tokens: [[UInt8]], _ pool: MatcherPool) throws(InputError) -> [[UInt8]] {
    switch self {
    case .sequence(let decoders):
      var tokens = tokens
      for decoder in decoders { tokens = try decoder.apply(tokens, pool) }
      return tokens
    case .byteLevel: return [Self.repaired(tokens.flatMap { ByteAlphabet.decode($0) ?? $0 })]
    case .byteFallback: return Self.byteFallback(tokens)
    case .fuse: return [Array(tokens.joined())]
    case .metaspace(let replacement, let prefix):
      return tokens.enumerated().map { Self.metaspace($1, replacement, drops: $0 == 0 && prefix != .never) }
    case .replace(let pattern, let content):
      var result: [[UInt8]] = []
      for token in tokens { result.append(try pool.replace(pattern, in: token, with: content)) }
      return result
    case .strip(let scalar, let start, let stop): return tokens.map { Self.strip($0, scalar, start, stop) }
    case .endOfWord(let pattern):
      var result: [[UInt8]] = []
      for (index, token) in tokens.enumerated() {
        let space: [UInt8] = index == tokens.count - 1 ? [] : [UInt8(ascii: " ")]
        result.append(try pool.replace(pattern, in: token, with: space))
      }
      return result
    }
  }

  /// `bytes` with U+FFFD for what is not UTF-8.
  private static func repaired(_ bytes: [UInt8]) -> [UInt8] {
    bytes.withUnsafeBytes(UTF8Validation.firstInvalidByte) == nil
      ? bytes : Array(String(decoding: bytes, as: UTF8.self).utf8)
  }

  private static func byteFallback(_ tokens: [[UInt8]]) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var run: [UInt8] = []
    func flush() {
      guard !run.isEmpty else { return }
      if run.withUnsafeBytes(UTF8Validation.firstInvalidByte) == nil {
        result.append(run)
      } else {
        result += Array(repeating: Array("\u{FFFD}".utf8), count: run.count)
      }
      run = []
    }
    for token in tokens {
      if let byte = byte(token) {
        run.append(byte)
      } else {
        flush()
        result.append(token)
      }
    }
    flush()
    return result
  }

  /// The byte that `<0x41>` names.
  static func byte(_ token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">") else { return nil }
    return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
  }

  private static func metaspace(_ token: [UInt8], _ replacement: UInt32, drops: Bool) -> [UInt8] {
    var result: [UInt8] = []
    UTF8Cursor.forEach(token) { scalar in
      if scalar != replacement {
        UTF8Cursor.append(scalar, to: &result)
      } else if !drops {
        result.append(UInt8(ascii: " "))
      }
    }
    return result
  }

  private static func strip(_ token: [UInt8], _ scalar: UInt32, _ start: Int, _ stop: Int) -> [UInt8] {
    var scalars: [UInt32] = []
    UTF8Cursor.forEach(token) { scalars.append($0) }
    var first = 0
    while first < min(start, scalars.count), scalars[first] == scalar { first += 1 }
    var end = scalars.count
    while scalars.count - end < stop, end > first, scalars[end - 1] == scalar { end -= 1 }
    guard first > 0 || end < scalars.count else { return token }
    var result: [UInt8] = []
    for scalar in scalars[first..<end] { UTF8Cursor.append(scalar, to: &result) }
    return result
  }
}
