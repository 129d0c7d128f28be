import Transformer

/// What a checkpoint knows about text.
struct CheckpointText: Sendable {
  var tokenizer: Tokenizer
  /// Ids that end a text.
  var endOfSequence: Set<Int32> = []

  /// - Throws: `InputError` when the checkpoint has no tokenizer that can be used.
  static func open(_ checkpoint: String) throws -> CheckpointText {
    guard let file = try ggufFile(checkpoint) else {
      let folder = TokenizerFolder(checkpoint)
      return CheckpointText(
        tokenizer: try folder.tokenizer(), endOfSequence: Set(try folder.endOfSequenceTokens()))
    }
    do {
      guard let embedded = try GGUFTokenizer(metadata: file.metadata) else {
        throw InputError(problem: "holds no tokenizer, which text needs", cure: "Give token ids.")
      }
      let end = embedded.endOfSequence.flatMap { Int32(exactly: $0) }
      return CheckpointText(tokenizer: try Tokenizer(embedded), endOfSequence: end.map { Set([$0]) } ?? [])
    } catch var error as InputError {
      error.file = error.file ?? checkpoint
      throw error
    }
  }

  /// Whether the checkpoint brings a tokenizer of any kind along.
  static func isPresent(in checkpoint: String) -> Bool {
    if TokenizerFolder(checkpoint).hasTokenizer { return true }
    guard let file = try? ggufFile(checkpoint) else { return false }
    return file.metadata["tokenizer.ggml.model"] != nil
  }

  private static func ggufFile(_ path: String) throws -> GGUFFile? {
    try RegularFile.isFolder(path) ? nil : GGUFFile(path: path)
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
