/// Added tokens with the ids that the reference gives them.
struct AddedTokenList {
  private let vocabulary: Vocabulary
  private(set) var tokens: [AddedToken] = []
  /// By the UTF-8: equal strings may be canonically equivalent only.
  private var places: [[UInt8]: Int] = [:]
  private var holders: [Int: String] = [:]
  private var largestID: Int?

  init(_ vocabulary: Vocabulary) { self.vocabulary = vocabulary }

  /// The token that is spelled so.
  subscript(content: String) -> AddedToken? { places[Array(content.utf8)].map { tokens[$0] } }

  /// Takes up a list that has its ids.
  init(_ vocabulary: Vocabulary, tokens: [AddedToken]) {
    self.vocabulary = vocabulary
    self.tokens = tokens
    for (place, token) in tokens.enumerated() { places[Array(token.content.utf8)] = place }
    largestID = tokens.map { Int($0.id) }.max()
  }

  /// Appends a token that a tokenizer.json describes.
  mutating func append(_ value: ConfigurationValue, path: [String]) throws(InputError) {
    var options = try OptionReader(value, path: path)
    let id = try options.optionalInteger("id", in: 0...Vocabulary.largestID - 1)
    let token = try Self.read(&options)
    let content = token.content
    if let id {
      if let holder = holders[id], !holder.utf8.elementsEqual(content.utf8) {
        throw options.error(
          "id", "\(quoted(content)) has the id \(id), which \(quoted(holder)) has as well",
          cure: "give each token an id of its own")
      }
      holders[id] = content
    }
    try append(token, path: path)
  }

  /// A token without its id; other options are refused.
  static func read(_ options: inout OptionReader) throws(InputError) -> AddedToken {
    guard case .string(let content)? = options.take("content") else {
      throw options.error("content", "must be a string", cure: "fetch the tokenizer again")
    }
    let isSpecial = try options.boolean("special", default: false)
    var token = AddedToken(content: content, id: 0, isSpecial: isSpecial)
    token.isSingleWord = try options.boolean("single_word", default: false)
    token.stripsLeft = try options.boolean("lstrip", default: false)
    token.stripsRight = try options.boolean("rstrip", default: false)
    token.isNormalized = try options.boolean("normalized", default: !isSpecial)
    try options.refuseUnknown()
    return token
  }

  /// Appends a token; its id is the vocabulary's, or else the next that is free.
  ///
  /// One that is there takes the new options, but a special token stays special and is looked for where it was.
  ///
  /// The id that a file states plays no part, as in the reference, which hands ids out anew.
  mutating func append(_ token: AddedToken, path: [String]) throws(InputError) {
    guard !token.content.isEmpty else { return }
    var token = token
    if let place = places[Array(token.content.utf8)] {
      let old = tokens[place]
      guard old.isSpecial || old.isNormalized == token.isNormalized else {
        throw InputError(
          path: path, problem: "\(quoted(token.content)) is to be found in normalized text and in the text itself",
          cure: "give both entries of the token the same 'normalized'")
      }
      token.id = old.id
      token.isSpecial = token.isSpecial || old.isSpecial
      token.isNormalized = old.isNormalized
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
    places[Array(token.content.utf8)] = tokens.count
    tokens.append(token)
  }
}
