extension Tokenizer {
  /// Reads a tokenizer.json, the format of the Hugging Face library `tokenizers`.
  ///
  /// - Throws: `InputError` naming what is wrong or not supported.
  public convenience init(path: String) throws(InputError) {
    let value = try JSONParser.parse(contentsOf: path)
    do throws(InputError) {
      try self.init(Parts(json: value))
    } catch {
      throw error.inFile(path)
    }
  }

  /// Reads the parsed content of a tokenizer.json.
  public convenience init(json: ConfigurationValue) throws(InputError) { try self.init(Parts(json: json)) }
}

extension Tokenizer.Parts {
  init(json: ConfigurationValue) throws(InputError) {
    guard case .object = json else {
      throw InputError(problem: "must be a mapping, is \(json.kind)", cure: "name a tokenizer.json")
    }
    guard json["model"] != nil else {
      throw InputError(path: ["model"], problem: "is missing", cure: "name a tokenizer.json")
    }
    model = try BPEModel.read(json["model"], path: ["model"])
    normalizer = try Normalizer.read(json["normalizer"], path: ["normalizer"])
    preTokenizer = try PreTokenizer.read(json["pre_tokenizer"], path: ["pre_tokenizer"])
    postProcessor = try PostProcessor.read(json["post_processor"], path: ["post_processor"])
    decoder = try TokenDecoder.read(json["decoder"], path: ["decoder"])
    addedTokens = try Self.readAddedTokens(json["added_tokens"], model.vocabulary)
  }

  private static func readAddedTokens(
    _ value: ConfigurationValue?, _ vocabulary: Vocabulary
  ) throws(InputError) -> [AddedToken] {
    switch value {
    case nil, .null: return []
    case .array(let values):
      var list = AddedTokenList(vocabulary)
      for (index, value) in values.enumerated() { try list.append(value, path: ["added_tokens", "\(index)"]) }
      return list.tokens
    case let value?:
      throw InputError(path: ["added_tokens"], problem: "must be a list, is \(value.kind)", cure: "write []")
    }
  }
}

extension InputError {
  /// The error with the file that it is about.
  func inFile(_ file: String) -> InputError {
    var error = self
    if error.file == nil { error.file = file }
    return error
  }
}
