/// The files of a checkpoint folder that are about text: tokenizer.json, tokenizer_config.json, generation_config.json.
public struct TokenizerFolder: Sendable {
  public let path: String
  /// Nothing of the tokenizer's configuration counts without this file.
  public var hasTokenizer: Bool { RegularFile.exists(path + "/tokenizer.json") }

  public init(_ path: String) { self.path = path }

  /// The tokenizer as transformers opens it: tokenizer.json with what tokenizer_config.json changes.
  ///
  /// `TokenizerConfiguration` says what that is. A folder without tokenizer_config.json and config.json, which transformers
  /// does not open, has the tokenizer of its file.
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
      let configuration = try object("tokenizer_config.json")
      let model = try object("config.json")
      if configuration != nil || model != nil {
        let reader = TokenizerConfiguration(
          entries: configuration, specialTokensMap: try object("special_tokens_map.json"),
          addedTokens: try object("added_tokens.json"))
        do throws(InputError) {
          try reader.apply(to: &parts, TokenizerClass(configuration, model: model))
        } catch {
          throw error.inFile(path + "/tokenizer_config.json")
        }
      }
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
