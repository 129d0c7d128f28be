/// A step of the forward pass between two barriers, as a profile attributes time to it.
public enum ForwardOperation: UInt8, Sendable, Hashable, CaseIterable {
  /// Token and position embeddings, angles of rotary embeddings.
  case embedding
  /// The norm before attention, written as packed activations.
  case attentionNorm
  /// Queries, keys and values in one product.
  case queryKeyValue
  /// Norms and rotation of queries and keys; keys and values into the cache.
  case storeKeyValue
  case attention
  /// The heads' outputs as packed activations.
  case packAttention
  case attentionOutput
  /// The norm before the feed-forward block, written as packed activations.
  case feedForwardNorm
  /// The up projection, with the gate of a gated block; the activation of one without a gate.
  case up
  /// Hidden activations as packed ones; the activation of a gated block.
  case packHidden
  case down
  /// The norm before the logits, written as packed activations.
  case finalNorm
  case logits
  /// Logit scale and soft cap.
  case scaleLogits

  /// Its name in tables and results.
  public var name: String {
    switch self {
    case .embedding: "embedding"
    case .attentionNorm: "attention norm + pack"
    case .queryKeyValue: "qkv"
    case .storeKeyValue: "kv store"
    case .attention: "attention"
    case .packAttention: "attention pack"
    case .attentionOutput: "attention output"
    case .feedForwardNorm: "ffn norm + pack"
    case .up: "ffn up"
    case .packHidden: "ffn pack"
    case .down: "ffn down"
    case .finalNorm: "final norm + pack"
    case .logits: "logits"
    case .scaleLogits: "logit scale"
    }
  }

  /// Whether each layer has it once.
  public var isOfLayer: Bool {
    switch self {
    case .embedding, .finalNorm, .logits, .scaleLogits: false
    default: true
    }
  }
}
