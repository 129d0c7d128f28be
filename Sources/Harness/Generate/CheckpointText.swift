import Transformer

/// What a checkpoint knows about text.
struct CheckpointText: Sendable {
  var tokenizer: Tokenizer
  /// Ids that end a text.
  var endOfSequence: Set<Int32> = []

  /// - Throws: `InputError` when the checkpoint has no tokenizer that can be used.
  static func open(_ checkpoint: String) throws -> CheckpointText {
    let folder = TokenizerFolder(checkpoint)
    return CheckpointText(
      tokenizer: try folder.tokenizer(), endOfSequence: Set(try folder.endOfSequenceTokens()))
  }

  /// The ids of a prompt.
  ///
  /// - Throws: `InputError` when it has none, or one that the model's vocabulary lacks.
  func tokens(of prompt: String, vocabularySize: Int) throws -> [Int32] {
    let tokens = try tokenizer.encode(prompt)
    guard !tokens.isEmpty else {
      throw InputError(path: ["--prompt"], problem: "has no token", cure: "Give some text.")
    }
    try Self.check(tokens, tokenizer, vocabularySize: vocabularySize)
    return tokens
  }

  static func check(_ tokens: [Int32], _ tokenizer: Tokenizer, vocabularySize: Int) throws {
    guard let token = tokens.first(where: { $0 < 0 || Int($0) >= vocabularySize }) else { return }
    throw InputError(
      problem: "the tokenizer's token \(quoted(tokenizer.token(token) ?? "")) has the id \(token), outside the model's "
        + "vocabulary of \(vocabularySize) tokens",
      cure: "Use the tokenizer that belongs to the model.")
  }
}
