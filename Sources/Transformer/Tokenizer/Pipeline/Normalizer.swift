/// Changes text before it is split: tokenizer.json's `normalizer`.
indirect enum Normalizer: Sendable {
  case sequence([Normalizer])
  case form(NormalizationForm)
  case lowercase
  /// Removes all marks.
  case stripAccents
  case strip(left: Bool, right: Bool)
  /// In front of text that is not empty.
  case prepend([UInt8])
  case replace(TextPattern, with: [UInt8])
  case byteLevel

  /// Text with what pre-tokenizers ask about its place.
  struct Text {
    var bytes: [UInt8]
    /// Whether its first character is the first of the whole input.
    var isFirst: Bool
  }

  func apply(_ text: inout Text, _ pool: MatcherPool) throws(InputError) {
    switch self {
    case .sequence(let normalizers): for normalizer in normalizers { try normalizer.apply(&text, pool) }
    case .form(let form): text.bytes = form.apply(text.bytes)
    case .lowercase: text.bytes = Self.lowercase(text.bytes)
    case .stripAccents:
      text.bytes = Self.filter(text.bytes) { !Self.isAccent($0) }
    case .strip(let left, let right): Self.strip(&text, left: left, right: right)
    case .prepend(let prefix): if !text.bytes.isEmpty { text.bytes.insert(contentsOf: prefix, at: 0) }
    case .replace(let pattern, let content): text.bytes = try pool.replace(pattern, in: text.bytes, with: content)
    case .byteLevel: text.bytes = ByteAlphabet.encode(text.bytes)
    }
  }

  /// The original takes the marks of Unicode 9: two of them are letters by now, and U+111C9 was no mark yet.
  private static func isAccent(_ value: UInt32) -> Bool {
    guard value >= 0x300, let scalar = Unicode.Scalar(value), let age = scalar.properties.age, age.major <= 9 else {
      return false
    }
    if value == 0x111C9 { return false }
    return 0x1CF2...0x1CF3 ~= value || !ScalarProperties(value).category.isDisjoint(with: .mark)
  }

  private static func lowercase(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    UTF8Cursor.forEach(bytes) { value in
      if value < 0x80 {
        result.append(UInt8(0x41...0x5A ~= value ? value + 32 : value))
      } else if let scalar = Unicode.Scalar(value), ScalarProperties(value).category != .unassigned {
        result += Array(scalar.properties.lowercaseMapping.utf8)
      } else {
        // Capitals of later versions have no small letter in the original's tables.
        UTF8Cursor.append(value, to: &result)
      }
    }
    return result
  }

  private static func filter(_ bytes: [UInt8], _ keep: (UInt32) -> Bool) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    UTF8Cursor.forEach(bytes) { if keep($0) { UTF8Cursor.append($0, to: &result) } }
    return result
  }

  private static func strip(_ text: inout Text, left: Bool, right: Bool) {
    let (start, end) = text.bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return (0, 0) }
      var start = 0
      var end = buffer.count
      while left, start < end {
        let (value, length) = UTF8Cursor.scalar(base, start)
        guard ScalarProperties.isWhitespace(value) else { break }
        start += length
      }
      while right, end > start {
        let last = UTF8Cursor.start(before: end, base)
        guard ScalarProperties.isWhitespace(UTF8Cursor.scalar(base, last).value) else { break }
        end = last
      }
      return (start, end)
    }
    if start > 0 { text.isFirst = false }
    text.bytes = Array(text.bytes[start..<end])
  }
}

extension MatcherPool {
  /// `bytes` with every match of `pattern` replaced.
  func replace(_ pattern: TextPattern, in bytes: [UInt8], with content: [UInt8]) throws(InputError) -> [UInt8] {
    if let literal = pattern.literal, literal.count == 1 {
      guard bytes.contains(literal[0]) else { return bytes }
    }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 2)
    var done = 0
    // No replacement of use makes text so much longer; a hostile one must not fill the memory.
    let limit = min(Tokenizer.textLimit, 64 * bytes.count + 1 << 16)
    var failure: InputError?
    bytes.withUnsafeBufferPointer { buffer in
      do throws(InputError) {
        try forEachMatch(of: pattern, in: buffer, range: 0..<buffer.count) { start, end in
          guard result.count <= limit else { return }
          result.append(contentsOf: buffer[done..<start])
          result.append(contentsOf: content)
          done = end
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    guard result.count <= limit else {
      throw InputError(
        path: pattern.path, problem: "makes \(bytes.count) bytes of text more than \(limit)",
        cure: "give a shorter text, or correct the replacement")
    }
    result.append(contentsOf: bytes[done...])
    return result
  }
}
