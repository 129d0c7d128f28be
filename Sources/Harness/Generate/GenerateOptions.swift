import Tensor

/// What was typed after `llm-bench generate`.
public struct GenerateOptions: Sendable, Equatable {
  /// A folder in Hugging Face's layout, or a GGUF file.
  public var checkpoint: String
  public var prompt: String?
  /// "1,2,3"
  public var tokens: String?
  public var maximumNewTokens: Int
  public var dtype = DType.fp32
  public var threads: Int?
  /// `nil` is greedy.
  public var temperature: Float?
  public var topK: Int?
  public var topP: Float?
  public var seed: UInt64 = 0
  /// Texts that end the generation and are not shown.
  public var stop: [String] = []
  /// Go on after an end-of-sequence token; prompts of token ids always do.
  public var ignoresEndOfSequence = false
  /// Measure the read bandwidth, for its share in the summary.
  public var roofline = false
  /// Print one JSON object instead of the new tokens.
  public var json = false
  /// With `json`: the vocabulary row after the last prompt token.
  public var logits = false

  public init(checkpoint: String, maximumNewTokens: Int) {
    self.checkpoint = checkpoint
    self.maximumNewTokens = maximumNewTokens
  }
}
