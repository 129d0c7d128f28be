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

/// Added tokens with the ids that the reference gives them.
struct AddedTokenList {
  private let vocabulary: Vocabulary
  private(set) var tokens: [AddedToken] = []
  private var places: [String: Int] = [:]
  private var holders: [Int: String] = [:]
  private var largestID: Int?

  init(_ vocabulary: Vocabulary) { self.vocabulary = vocabulary }

  /// Appends a token that a tokenizer.json describes.
  mutating func append(_ value: ConfigurationValue, path: [String]) throws(InputError) {
    var options = try OptionReader(value, path: path)
    guard case .string(let content)? = options.take("content") else {
      throw options.error("content", "must be a string", cure: "fetch the tokenizer again")
    }
    let id = try options.optionalInteger("id", in: 0...Vocabulary.largestID - 1)
    let isSpecial = try options.boolean("special", default: false)
    var token = AddedToken(content: content, id: 0, isSpecial: isSpecial)
    token.isSingleWord = try options.boolean("single_word", default: false)
    token.stripsLeft = try options.boolean("lstrip", default: false)
    token.stripsRight = try options.boolean("rstrip", default: false)
    token.isNormalized = try options.boolean("normalized", default: !isSpecial)
    try options.refuseUnknown()
    if let id {
      if let holder = holders[id], holder != content {
        throw options.error(
          "id", "\(quoted(content)) has the id \(id), which \(quoted(holder)) has as well",
          cure: "give each token an id of its own")
      }
      holders[id] = content
    }
    try append(token, path: path)
  }

  /// Appends a token; its id is the vocabulary's, or else the next that is free.
  ///
  /// The id that a file states plays no part, as in the reference, which hands ids out anew.
  mutating func append(_ token: AddedToken, path: [String]) throws(InputError) {
    guard !token.content.isEmpty else { return }
    var token = token
    if let place = places[token.content] {
      token.id = tokens[place].id
      tokens[place] = token
      return
    }
    let id: Int
    if let known = vocabulary.id(of: token.content) {
      id = Int(known)
    } else {
      let count = vocabulary.count
      id = largestID.map { $0 >= count || count == 0 ? $0 + 1 : count } ?? count
      guard !vocabulary.contains(id: id), id < Vocabulary.largestID else {
        throw InputError(
          path: path, problem: "\(quoted(token.content)) gets the id \(id), which the vocabulary uses",
          cure: "number the vocabulary without holes")
      }
    }
    token.id = Int32(id)
    largestID = max(largestID ?? 0, id)
    places[token.content] = tokens.count
    tokens.append(token)
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
