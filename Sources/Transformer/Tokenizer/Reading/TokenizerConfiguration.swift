/// Changes a tokenizer as the class of transformers does that opens its folder.
///
/// Classes such as Llama's replace the template by `add_bos_token` and `add_eos_token`; the `add_prefix_space` of a byte-level
/// pre-tokenizer is replaced; special tokens and those of `added_tokens_decoder` are added. What would make another
/// tokenizer of it is refused.
struct TokenizerConfiguration {
  /// What is in tokenizer_config.json, special_tokens_map.json and added_tokens.json where they are there.
  var entries: ConfigurationValue?
  var specialTokensMap: ConfigurationValue?
  var addedTokens: ConfigurationValue?

  private static let keys = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]
  private static let infillingKeys = ["prefix_token", "middle_token", "suffix_token", "eot_token"]

  func apply(to parts: inout Tokenizer.Parts, _ class: TokenizerClass) throws(InputError) {
    try refuseOthers(parts, `class`)
    var list = AddedTokenList(parts.model.vocabulary, tokens: parts.addedTokens)
    let specials = try specialTokens(`class`)
    try addDecoder(to: &list, specials.map(\.token.content))
    for special in specials { try add(special, to: &list) }
    parts.addedTokens = list.tokens
    if let addsBeginning = `class`.template {
      parts.postProcessor = PostProcessor()
      let single = { (key: String) throws(InputError) -> Int32 in
        guard let token = specials.first(where: { $0.key == key }).flatMap({ list[$0.token.content] }) else {
          throw fault(key, "is null, and the class \(`class`.name) is to add it", cure: "name the token")
        }
        return token.id
      }
      if flag("add_bos_token") ?? addsBeginning { parts.postProcessor.prefix = [try single("bos_token")] }
      if flag("add_eos_token") ?? false { parts.postProcessor.suffix = [try single("eos_token")] }
    }
    if case .byteLevel(_, let pattern)? = parts.preTokenizer, let addsPrefixSpace = prefixSpace(`class`) {
      parts.preTokenizer = .byteLevel(addsPrefixSpace: addsPrefixSpace, pattern: pattern)
    }
  }

  private func fault(_ key: String, _ problem: String, cure: String) -> InputError {
    InputError(path: [key], problem: problem, cure: cure)
  }

  /// A flag; null is false, as in Python.
  private func flag(_ key: String) -> Bool? { entries?[key].map { $0 == .bool(true) } }

  /// The `add_prefix_space` of a byte-level pre-tokenizer; `nil` leaves the file's.
  private func prefixSpace(_ class: TokenizerClass) -> Bool? {
    switch entries?["add_prefix_space"] {
    case .bool(let value)?: value
    case nil where !`class`.keepsPrefixSpace: false
    default: nil
    }
  }

  private func refuseOthers(_ parts: Tokenizer.Parts, _ class: TokenizerClass) throws(InputError) {
    if flag("split_special_tokens") == true {
      throw fault(
        "split_special_tokens", "is true, which is not supported",
        cure: "remove it, if special tokens in the text are to count")
    }
    if case .object(let tokens)? = entries?["extra_special_tokens"], !tokens.isEmpty {
      throw fault("extra_special_tokens", "is not supported", cure: "list the tokens as additional_special_tokens")
    }
    guard case .bool(let addsPrefixSpace)? = entries?["add_prefix_space"] else { return }
    let problem = "is \(addsPrefixSpace), for which the class \(`class`.name) makes the tokenizer anew"
    let cure = "remove it, if tokenizer.json already does what it says"
    switch `class`.name {
    // From the original SentencePiece file: equal where tokenizer.json was made so.
    case "LlamaTokenizer":
      let isMade = flag("legacy") == false ? parts.marksFirstPiece : parts.prependsMark
      if !addsPrefixSpace || !isMade { throw fault("add_prefix_space", problem, cure: cure) }
    // All rules of a list.
    case "BloomTokenizer", "CohereTokenizer":
      if addsPrefixSpace, case .sequence? = parts.preTokenizer { throw fault("add_prefix_space", problem, cure: cure) }
    default: break
    }
  }

  // MARK: Added tokens

  private struct Special {
    var key: String
    var token: AddedToken
    /// How it is given: as a mapping, as text, or not at all.
    var source: Source

    enum Source { case mapping, text, byDefault }
  }

  private var decoder: [(key: String, value: ConfigurationValue)]? {
    guard case .object(let tokens)? = entries?["added_tokens_decoder"] else { return nil }
    return tokens.map { ($0.key, $0.value) }.sorted { (Int($0.key) ?? 0) < (Int($1.key) ?? 0) }
  }

  /// In the order in which transformers goes through them, each text once.
  private func specialTokens(_ class: TokenizerClass) throws(InputError) -> [Special] {
    var specials: [Special] = []
    let map = decoder == nil ? specialTokensMap : nil
    for key in Self.keys {
      if let value = map?[key] ?? entries?[key] {
        if let special = try special(key, value) { specials.append(special) }
      } else if let content = `class`.defaults[key] {
        specials.append(
          Special(key: key, token: AddedToken(content: content, id: 0, isSpecial: true), source: .byDefault))
      }
    }
    let key = "additional_special_tokens"
    for value in [entries?[key], map?[key]] {
      guard case .array(let values)? = value else { continue }
      for value in values { if let special = try special(key, value) { specials.append(special) } }
    }
    for key in Self.infillingKeys {
      guard let content = `class`.defaults[key] else { continue }
      var special = Special(key: key, token: AddedToken(content: content, id: 0, isSpecial: true), source: .byDefault)
      switch entries?[key] {
      case nil: break
      case .string(let content)?: special.token.content = content
      case let value?: throw fault(key, "must be a string, is \(value.kind)", cure: "write the token's text")
      }
      specials.append(special)
    }
    return specials
  }

  private func special(_ key: String, _ value: ConfigurationValue) throws(InputError) -> Special? {
    switch value {
    case .null: return nil
    case .string(let content):
      guard !content.isEmpty else { return nil }
      return Special(key: key, token: AddedToken(content: content, id: 0, isSpecial: true), source: .text)
    default:
      var token = try token(value, path: [key])
      token.isSpecial = true
      return Special(key: key, token: token, source: .mapping)
    }
  }

  private func token(_ value: ConfigurationValue, path: [String]) throws(InputError) -> AddedToken {
    var options = try OptionReader(value, path: path)
    _ = options.take("__type")
    return try AddedTokenList.read(&options)
  }

  /// Adds what `added_tokens_decoder` has more or otherwise than the file.
  private func addDecoder(to list: inout AddedTokenList, _ specials: [String]) throws(InputError) {
    for (key, value) in decoder ?? [] {
      let path = ["added_tokens_decoder", key]
      var token = try token(value, path: path)
      if let old = list[token.content], old.hasOptions(of: token) { continue }
      token.isSpecial = token.isSpecial || specials.contains { $0.utf8.elementsEqual(token.content.utf8) }
      try list.append(token, path: path)
    }
    guard decoder == nil, case .object(let tokens)? = addedTokens else { return }
    for token in tokens where list[token.key].map({ .integer(Int($0.id)) }) != token.value {
      throw InputError(
        path: ["added_tokens.json"], problem: "holds \(quoted(token.key)), which tokenizer.json lacks",
        cure: "add it there, or remove the file")
    }
  }

  private func add(_ special: Special, to list: inout AddedTokenList) throws(InputError) {
    var token = special.token
    if let old = list[token.content] {
      // Text that is in the file already stands for the token there; transformers makes that one special.
      let isListed = decoder?.contains { _, value in
        guard case .string(let content)? = value["content"] else { return false }
        return content.utf8.elementsEqual(token.content.utf8)
      }
      if isListed ?? true, special.source != .byDefault {
        token = old
        token.isSpecial = true
      } else if special.source != .mapping {
        return
      }
    }
    try list.append(token, path: [special.key])
  }
}

extension AddedToken {
  /// Whether all but the id is equal.
  fileprivate func hasOptions(of other: AddedToken) -> Bool {
    var copy = other
    copy.id = id
    return copy == self && content.utf8.elementsEqual(other.content.utf8)
  }
}
