/// The files of a checkpoint folder that are about text: tokenizer.json, tokenizer_config.json, generation_config.json.
public struct TokenizerFolder: Sendable {
  public let path: String
  /// Nothing of the tokenizer's configuration counts without this file.
  public var hasTokenizer: Bool { RegularFile.exists(path + "/tokenizer.json") }

  public init(_ path: String) { self.path = path }

  /// The tokenizer as transformers opens it: tokenizer.json with what tokenizer_config.json changes.
  ///
  /// `add_bos_token` and `add_eos_token` count for the Llama class, which replaces the file's template by its own;
  /// `add_prefix_space` replaces that of a byte-level pre-tokenizer.
  public func tokenizer() throws(InputError) -> Tokenizer {
    let file = path + "/tokenizer.json"
    guard hasTokenizer else {
      throw InputError(
        file: path, problem: "holds no tokenizer.json, which text needs",
        cure: "copy the model's tokenizer.json into the folder, or give token ids")
    }
    let value = try JSONParser.parse(contentsOf: file)
    do throws(InputError) {
      var parts = try Tokenizer.Parts(json: value)
      if let configuration = try object("tokenizer_config.json") { try parts.apply(configuration) }
      return try Tokenizer(parts)
    } catch {
      throw error.inFile(file)
    }
  }

  /// The ids that end generation: generation_config.json's, else config.json's.
  public func endOfSequenceTokens() throws(InputError) -> [Int32] {
    for name in ["generation_config.json", "config.json"] {
      guard let value = try object(name)?["eos_token_id"], value != .null else { continue }
      let list: [ConfigurationValue] = if case .array(let values) = value { values } else { [value] }
      var ids: [Int32] = []
      for value in list {
        guard case .integer(let id) = value, let id = Int32(exactly: id) else {
          throw InputError(
            file: path + "/" + name, path: ["eos_token_id"], problem: "must be a token id, or a list of ids",
            cure: "correct it, or remove it")
        }
        ids.append(id)
      }
      return ids
    }
    return []
  }

  /// A JSON file of the folder, or `nil` when it is not there.
  private func object(_ name: String) throws(InputError) -> ConfigurationValue? {
    let file = path + "/" + name
    guard RegularFile.exists(file) else { return nil }
    return try JSONParser.parse(contentsOf: file, sizeLimit: 1 << 26, allowsNonFiniteNumbers: true)
  }
}

extension Tokenizer.Parts {
  private static let llamaClasses: Set<String> = ["LlamaTokenizer", "LlamaTokenizerFast", "CodeLlamaTokenizer"]

  /// Applies what tokenizer_config.json says about the same tokenizer.
  mutating func apply(_ configuration: ConfigurationValue) throws(InputError) {
    if case .string(let name)? = configuration["tokenizer_class"], Self.llamaClasses.contains(name) {
      postProcessor = PostProcessor()
      if configuration["add_bos_token"] != .bool(false) {
        postProcessor.prefix = try special("bos_token", configuration).map { [$0] } ?? []
      }
      if configuration["add_eos_token"] == .bool(true) {
        postProcessor.suffix = try special("eos_token", configuration).map { [$0] } ?? []
      }
    }
    if case .bool(let addsPrefixSpace)? = configuration["add_prefix_space"],
      case .byteLevel(_, let pattern)? = preTokenizer
    {
      preTokenizer = .byteLevel(addsPrefixSpace: addsPrefixSpace, pattern: pattern)
    }
  }

  /// The id of a token that is written as text or as a mapping with `content`.
  private func special(_ key: String, _ configuration: ConfigurationValue) throws(InputError) -> Int32? {
    let value = configuration[key]
    guard let value, value != .null else { return nil }
    guard case .string(let content) = value["content"] ?? value else { return nil }
    let id = addedTokens.first { $0.content == content }?.id ?? model.vocabulary.id(of: content)
    guard let id else {
      throw InputError(
        path: [key], problem: "\(quoted(content)) of tokenizer_config.json is no token of the vocabulary",
        cure: "fetch the tokenizer again")
    }
    return id
  }
}
