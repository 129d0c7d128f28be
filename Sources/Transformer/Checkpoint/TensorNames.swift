/// A family's names for the tensors of a model: with the configuration, all that distinguishes it from other families.
///
/// Names lack their `.weight` and `.bias`. Those of a block follow its prefix, all but the output projection the base
/// model's.
struct TensorNames {
  /// The base model inside the model with a head.
  var base: String
  /// Blocks are `base + blocks + number + "."`.
  var blocks: String
  var embedding: String
  /// Learned positions, where the family has them.
  var positions = "none"
  var attentionNorm: String
  /// One projection for queries, keys and values …
  var queryKeyValue = "none"
  /// … or three.
  var query = "none"
  var key = "none"
  var value = "none"
  var queryNorm = "none"
  var keyNorm = "none"
  var attentionOutput: String
  var feedForwardNorm: String
  var gate = "none"
  var up: String
  var down: String
  var finalNorm: String
  var output = "lm_head"
}

extension ModelConfiguration {
  var tensorNames: TensorNames {
    if tensorNaming == .gguf { return ggufNames }
    return switch family {
    case .mpt: mptNames
    case .llama: .llama
    case .falcon: falconNames
    case .gptNeoX: .gptNeoX
    case .gpt2: .gpt2
    }
  }

  private var mptNames: TensorNames {
    // The fused module holds the norms and the attention.
    let module = fusedNormAttentionNorm ? "norm_attn_norm." : ""
    return TensorNames(
      base: "transformer.", blocks: "blocks.", embedding: "wte", positions: "wpe", attentionNorm: module + "norm_1",
      queryKeyValue: module + "attn.Wqkv", query: module + "attn.Wq", key: module + "attn.Wk",
      value: module + "attn.Wv", queryNorm: module + "attn.q_ln", keyNorm: module + "attn.k_ln",
      attentionOutput: module + "attn.out_proj", feedForwardNorm: module + "norm_2", gate: "ffn.gate_proj",
      up: "ffn.up_proj", down: "ffn.down_proj", finalNorm: "norm_f")
  }

  private var falconNames: TensorNames {
    let hasTwoParallelNorms = parallelResidual && !sharesNorm
    return TensorNames(
      base: "transformer.", blocks: "h.", embedding: "word_embeddings",
      attentionNorm: hasTwoParallelNorms ? "ln_attn" : "input_layernorm",
      queryKeyValue: "self_attention.query_key_value", attentionOutput: "self_attention.dense",
      feedForwardNorm: hasTwoParallelNorms ? "ln_mlp" : "post_attention_layernorm", up: "mlp.dense_h_to_4h",
      down: "mlp.dense_4h_to_h", finalNorm: "ln_f")
  }
}

extension TensorNames {
  fileprivate static let llama = TensorNames(
    base: "model.", blocks: "layers.", embedding: "embed_tokens", attentionNorm: "input_layernorm",
    query: "self_attn.q_proj", key: "self_attn.k_proj", value: "self_attn.v_proj", queryNorm: "self_attn.q_norm",
    keyNorm: "self_attn.k_norm", attentionOutput: "self_attn.o_proj", feedForwardNorm: "post_attention_layernorm",
    gate: "mlp.gate_proj", up: "mlp.up_proj", down: "mlp.down_proj", finalNorm: "norm")

  fileprivate static let gptNeoX = TensorNames(
    base: "gpt_neox.", blocks: "layers.", embedding: "embed_in", attentionNorm: "input_layernorm",
    queryKeyValue: "attention.query_key_value", attentionOutput: "attention.dense",
    feedForwardNorm: "post_attention_layernorm", up: "mlp.dense_h_to_4h", down: "mlp.dense_4h_to_h",
    finalNorm: "final_layer_norm", output: "embed_out")

  fileprivate static let gpt2 = TensorNames(
    base: "transformer.", blocks: "h.", embedding: "wte", positions: "wpe", attentionNorm: "ln_1",
    queryKeyValue: "attn.c_attn", attentionOutput: "attn.c_proj", feedForwardNorm: "ln_2", up: "mlp.c_fc",
    down: "mlp.c_proj", finalNorm: "ln_f")
}
