extension BPEModel {
  /// Reads the `model` of a tokenizer.json.
  static func read(_ value: ConfigurationValue?, path: [String]) throws(InputError) -> BPEModel {
    var options = try OptionReader(value, path: path)
    // Files of the first versions have no type; their only kind with merges is this one.
    let type = try options.string("type", default: "BPE")
    guard type == "BPE" else {
      throw options.error("type", "the model \(quoted(type)) is not supported", cure: "supported is BPE")
    }
    let vocabulary = try readVocabulary(&options)
    let prefix = try optionalText("continuing_subword_prefix", &options)
    let merges = try readMerges(&options, vocabulary, prefix: prefix)
    var model = BPEModel(vocabulary: vocabulary, merges: merges)
    model.continuingPrefix = Array(prefix.utf8)
    model.endOfWordSuffix = Array(try optionalText("end_of_word_suffix", &options).utf8)
    switch options.take("unk_token") {
    case nil, .null: break
    case .string(let token): model.unknownToken = token
    case let value?: throw options.error("unk_token", "must be a string or null, is \(value.kind)")
    }
    model.fusesUnknown = try options.boolean("fuse_unk", default: false)
    model.ignoresMerges = try options.boolean("ignore_merges", default: false)
    if try options.boolean("byte_fallback", default: false) { model.readByteTokens() }
    if let dropout = try options.optionalNumber("dropout"), dropout != 0 {
      throw options.error("dropout", "is \(dropout), which gives different ids each time", cure: "set it to null")
    }
    try options.refuseUnknown()
    return model
  }

  mutating func readByteTokens() {
    byteTokens = (0...255).map { vocabulary.id(of: Self.byteToken(UInt8($0))) ?? -1 }
  }

  private static func optionalText(_ key: String, _ options: inout OptionReader) throws(InputError) -> String {
    switch options.take(key) {
    case nil, .null: return ""
    case .string(let text) where text.utf8.count <= 64: return text
    case .string: throw options.error(key, "has more than 64 bytes", cure: "fetch the tokenizer again")
    case let value?: throw options.error(key, "must be a string or null, is \(value.kind)")
    }
  }

  private static func readVocabulary(_ options: inout OptionReader) throws(InputError) -> Vocabulary {
    guard case .object(let entries)? = options.take("vocab") else {
      throw options.error(
        "vocab", "must be a mapping from tokens to ids", cure: "fetch the tokenizer again")
    }
    var vocabulary = Vocabulary(capacity: entries.count)
    for entry in entries {
      guard case .integer(let id) = entry.value else {
        throw options.error(
          "vocab", "the id of \(quoted(entry.key)) must be an integer, is \(entry.value.kind)",
          cure: "fetch the tokenizer again")
      }
      do {
        try vocabulary.insert(entry.key, id: id)
      } catch {
        throw error.inputError(token: entry.key, id: id, path: options.path + ["vocab"])
      }
    }
    return vocabulary
  }

  /// `["a b", …]` or `[["a", "b"], …]`
  private static func readMerges(
    _ options: inout OptionReader, _ vocabulary: Vocabulary, prefix: String
  ) throws(InputError) -> MergeTable {
    guard case .array(let values)? = options.take("merges") else {
      throw options.error("merges", "must be a list", cure: "fetch the tokenizer again")
    }
    var table = MergeTable(capacity: values.count)
    var rank: Int32 = 0
    for (index, value) in values.enumerated() {
      let left: String
      let right: String
      switch value {
      case .string(let text):
        // The first line of the merges files that such lists were copied from.
        if text.utf8.starts(with: "#version".utf8) { continue }
        guard let parts = halves(text) else {
          throw options.error(
            "merges", "entry \(index), \(quoted(text)), is not two tokens with a space between them",
            cure: "write tokens that hold spaces as [\"a\", \"b\"]")
        }
        (left, right) = parts
      case .array(let pair):
        guard pair.count == 2, case .string(let first) = pair[0], case .string(let second) = pair[1] else {
          throw options.error("merges", "entry \(index) is not two tokens", cure: "write [\"a\", \"b\"]")
        }
        (left, right) = (first, second)
      default:
        throw options.error("merges", "entry \(index) is \(value.kind)", cure: "write \"a b\" or [\"a\", \"b\"]")
      }
      do {
        try table.insert(left, right, rank: rank, vocabulary, prefix: prefix)
      } catch {
        throw options.error("merges", "entry \(index): \(error.problem)", cure: error.cure)
      }
      rank += 1
    }
    return table
  }

  private static func halves(_ text: String) -> (String, String)? {
    let bytes = text.utf8
    let space = UInt8(ascii: " ")
    guard let first = bytes.firstIndex(of: space), !bytes[bytes.index(after: first)...].contains(space) else {
      return nil
    }
    return (String(text[..<first]), String(text[bytes.index(after: first)...]))
  }
}

extension MergeTable {
  /// Adds the merge of two tokens to the token that they spell together.
  ///
  /// - Parameter prefix: in front of tokens that begin no word; the right token loses it.
  /// - Throws: `InputError` naming a token that the vocabulary lacks.
  mutating func insert(
    _ left: String, _ right: String, rank: Int32, _ vocabulary: Vocabulary, prefix: String = ""
  ) throws(InputError) {
    guard right.utf8.count >= prefix.utf8.count else {
      throw InputError(
        problem: "\(quoted(right)) is shorter than the prefix \(quoted(prefix))", cure: "fetch the tokenizer again")
    }
    let merged = Array(left.utf8) + Array(right.utf8.dropFirst(prefix.utf8.count))
    let spelled = String(decoding: merged, as: UTF8.self)
    func id(_ token: String, _ found: Int32?) throws(InputError) -> Int32 {
      guard let found else {
        throw InputError(
          problem: "the vocabulary lacks \(quoted(token)), which the merge of \(quoted(left)) and \(quoted(right)) "
            + "needs", cure: "fetch the tokenizer again: vocabulary and merges do not belong together")
      }
      return found
    }
    insert(
      left: try id(left, vocabulary.id(of: left)), right: try id(right, vocabulary.id(of: right)),
      Merge(rank: rank, token: try id(spelled, vocabulary.id(of: merged))))
  }
}

extension Vocabulary.Conflict {
  func inputError(token: String, id: Int, path: [String]) -> InputError {
    switch self {
    case .duplicateToken:
      InputError(path: path, problem: "\(quoted(token)) stands there twice", cure: "remove one of them")
    case .duplicateID(let other):
      InputError(
        path: path, problem: "\(quoted(token)) has the id \(id), which \(quoted(other)) has as well",
        cure: "give each token an id of its own")
    case .idOutOfRange:
      InputError(
        path: path, problem: "\(quoted(token)) has the id \(id)",
        cure: "use ids from 0 to \(Vocabulary.largestID - 1)")
    }
  }
}
