/// Everything that a decoder-only transformer's forward pass depends on besides its weights.
///
/// One type serves every family: a family is a way to fill it from a configuration file and a table of tensor names,
/// never a code path of its own.
public struct ModelConfiguration: Sendable, Equatable {
  /// The family's table of tensor names.
  public var family: Family = .mpt
  /// Whose names the tensors have (names only).
  public var tensorNaming: TensorNaming = .family
  /// Rows of the embedding table.
  public var vocabularySize: Int
  /// Width of the residual stream (`d_model`, `hidden_size`).
  public var modelWidth: Int
  /// Decoder blocks.
  public var layerCount: Int
  /// Query heads.
  public var headCount: Int
  /// Key and value heads: equal to `headCount` (multi-head), 1 (multi-query) or a divisor of it (grouped-query).
  public var keyValueHeadCount: Int
  /// Elements of one head.
  public var headDimension: Int
  /// Width of the feed-forward block's hidden layer.
  public var feedForwardWidth: Int
  /// Positions that the model was made for; rows of the learned position table.
  public var maximumSequenceLength: Int

  /// How tokens know their positions.
  public var position: PositionEncoding = .learned
  /// Of the blocks and of the last hidden state.
  public var normalization: Normalization = .layerNorm
  /// ε under the root of the norms.
  public var normalizationEpsilon: Float = 1e-5
  /// Plain or gated.
  public var feedForward: FeedForward = .mlp
  /// Of the feed-forward block.
  public var activation: Activation = .gelu
  /// Which linear layers and norms carry a bias.
  public var biases: Biases = .all
  /// What queries and keys are normalised over, before positions are added.
  public var queryKeyNormalization: QueryKeyNormalization = .none
  /// What `queryKeyNormalization` computes and its ε; independent of the blocks' own norms.
  public var queryKeyNormKind: Normalization = .layerNorm
  public var queryKeyNormEpsilon: Float = 1e-5
  /// Queries, keys and values are clamped to ± this.
  public var clipQKV: Float?
  /// Factor on query · key; `nil` means 1/√headDimension.
  public var softmaxScale: Float?
  /// Attention scores s become c · tanh(s / c).
  public var attentionLogitSoftcap: Float?
  /// Logits l become c · tanh(l / c).
  public var finalLogitSoftcap: Float?
  /// A query sees itself and this many − 1 positions before it; `nil` means all.
  public var slidingWindow: Int?
  /// The softmax scale of layer l (from 0) is divided by l + 1.
  public var scalesAttentionByInverseLayer = false
  /// ALiBi's biases are bf16(slope) · key position, rounded to bf16 as the original computes them, and take part in the
  /// softmax scale; otherwise exact and added after it.
  public var scalesRoundedALiBi = false
  /// One stored projection for queries, keys and values (names and export only: the packed weights are always fused).
  public var fusedQKV = true
  /// Where queries, keys and values stand in a fused projection (reading only: the packed weights are in blocks).
  public var fusedQKVOrder: FusedQKVOrder = .blocks
  /// Linear layers are stored [inputs, outputs] (reading and export only).
  public var storesInputsFirst = false
  /// Tensors lack the prefix that the base model has inside the model with a head (names only).
  public var omitsBasePrefix = false
  /// A block's attention and norms are stored as one module (names and export only).
  public var fusedNormAttentionNorm = false
  /// The output projection is the embedding table.
  public var tiedEmbeddings = true
  /// Factor on the logits.
  public var logitScale: Float = 1
  /// Attention and feed-forward both read the block's input.
  public var parallelResidual = false
  /// With a parallel residual: one norm for both, instead of one each.
  public var sharesNorm = false

  public init(
    vocabularySize: Int, modelWidth: Int, layerCount: Int, headCount: Int, keyValueHeadCount: Int? = nil,
    headDimension: Int? = nil, feedForwardWidth: Int, maximumSequenceLength: Int
  ) {
    self.vocabularySize = vocabularySize
    self.modelWidth = modelWidth
    self.layerCount = layerCount
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount ?? headCount
    self.headDimension = headDimension ?? modelWidth / headCount
    self.feedForwardWidth = feedForwardWidth
    self.maximumSequenceLength = maximumSequenceLength
  }

  /// Width of all query heads together.
  public var queryWidth: Int { headCount * headDimension }
  /// Width of all key (or value) heads together.
  public var keyValueWidth: Int { keyValueHeadCount * headDimension }
  /// The factor on query · key in force, before a layer's own part.
  public var effectiveSoftmaxScale: Float { softmaxScale ?? 1 / Float(headDimension).squareRoot() }
}

/// A table of tensor names. Raw values are `model_type` in config.json.
public enum Family: String, Sendable, Hashable, CaseIterable {
  /// MPT as llm-foundry and transformers store it.
  case mpt
  /// Llama and what shares its names: Mistral, Qwen2, Qwen3.
  case llama
  case falcon
  case gptNeoX = "gpt_neox"
  case gpt2
}

/// The order of a fused projection's rows.
public enum FusedQKVOrder: Sendable, Hashable {
  /// All queries, all keys, all values.
  case blocks
  /// For each key-value head: the queries that read it, its key, its value.
  case groups
}

/// Where a model's tensors get their names.
public enum TensorNaming: String, Sendable, Hashable {
  /// The family's own, as in Hugging Face's layout.
  case family
  /// The names that GGUF files have for all families.
  case gguf
}

/// How a token's position reaches the model.
public enum PositionEncoding: Sendable, Equatable {
  /// No position information.
  case none
  /// A learned table, [maximum sequence length, model width], added to the embeddings.
  case learned
  /// Attention with linear biases: slope · (key position − query position), slopes from 2^(−biasMax·i/n).
  case alibi(biasMax: Float)
  /// Rotary embeddings of queries and keys.
  case rotary(RotaryEmbedding)
}

/// The normalisation before attention, before the feed-forward block and before the output projection.
public enum Normalization: Sendable, Equatable {
  case layerNorm
  case rmsNorm
}

/// Normalisation of queries and keys before attention.
public enum QueryKeyNormalization: Sendable, Equatable {
  case none
  /// Over all heads together (`qk_ln`).
  case wholeRow
  /// Over each head, one weight for all (`qk_gn`).
  case perHead
}

/// The shape of the feed-forward block.
public enum FeedForward: Sendable, Equatable {
  /// down(activation(up(x)))
  case mlp
  /// down(activation(gate(x)) · up(x))
  case glu
}

/// The feed-forward block's nonlinearity.
public enum Activation: Sendable, Equatable {
  /// x · Φ(x) with the exact error function
  case gelu
  /// The tanh approximation of gelu
  case geluTanh
  /// x · sigmoid(1.702 x)
  case geluQuick
  case silu
  case relu
}

/// Which parts carry a bias.
public struct Biases: Sendable, Equatable {
  /// Projections to queries, keys and values.
  public var attentionInput: Bool
  /// The projection after attention.
  public var attentionOutput: Bool
  /// Linear layers of the feed-forward block.
  public var feedForward: Bool
  /// Norms of the blocks and the last one.
  public var normalization: Bool
  /// The norms of queries and keys, where there are any.
  public var queryKeyNormalization: Bool

  /// `queryKeyNormalization` follows `normalization` unless given.
  public init(
    attentionInput: Bool, attentionOutput: Bool, feedForward: Bool, normalization: Bool,
    queryKeyNormalization: Bool? = nil
  ) {
    self.attentionInput = attentionInput
    self.attentionOutput = attentionOutput
    self.feedForward = feedForward
    self.normalization = normalization
    self.queryKeyNormalization = queryKeyNormalization ?? normalization
  }

  public static let all = Biases(attentionInput: true, attentionOutput: true, feedForward: true, normalization: true)
  public static let none = Biases(
    attentionInput: false, attentionOutput: false, feedForward: false, normalization: false)
}
