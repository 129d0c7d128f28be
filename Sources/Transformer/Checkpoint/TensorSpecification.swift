/// One tensor that a model has: its name in the family's checkpoints, its shape and its part in the forward pass.
public struct TensorSpecification: Sendable, Equatable {
  public var name: String
  /// Linear weights are [outputs, inputs], or the other way round with `inputsFirst`.
  public var shape: [Int]
  public var role: TensorRole
  /// The block it belongs to, or `nil` outside the blocks.
  public var layer: Int?
  /// A linear weight is stored [inputs, outputs].
  public var inputsFirst: Bool

  public init(name: String, shape: [Int], role: TensorRole, layer: Int? = nil, inputsFirst: Bool = false) {
    self.name = name
    self.shape = shape
    self.role = role
    self.layer = layer
    self.inputsFirst = inputsFirst
  }

  public var elementCount: Int { shape.reduce(1, *) }
}

/// What a tensor is for.
public enum TensorRole: Sendable, Hashable {
  /// Token embeddings, [vocabulary size, model width].
  case embedding
  /// Learned positions, [maximum sequence length, model width].
  case position
  /// The norm before attention.
  case attentionNorm(Part)
  /// Queries, keys and values in one projection, in the configuration's order, [query width + 2 · key-value width, model width].
  case queryKeyValue(Part)
  case query(Part)
  case key(Part)
  case value(Part)
  /// The norms of queries and keys.
  case queryNorm(Part)
  case keyNorm(Part)
  /// [model width, query width]
  case attentionOutput(Part)
  /// The norm before the feed-forward block, unless it shares that before attention.
  case feedForwardNorm(Part)
  /// [feed-forward width, model width]
  case up(Part)
  case gate(Part)
  /// [model width, feed-forward width]
  case down(Part)
  /// The norm before the output projection.
  case finalNorm(Part)
  /// Logits, [vocabulary size, model width]; absent when tied to the embeddings.
  case outputProjection

  /// A linear layer or norm has a weight and perhaps a bias.
  public enum Part: Sendable, Hashable {
    case weight
    case bias
  }
}
