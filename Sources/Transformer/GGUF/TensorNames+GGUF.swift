extension ModelConfiguration {
  /// The names that GGUF has for all architectures.
  var ggufNames: TensorNames {
    // Falcon's first norm is the feed-forward block's where attention has one of its own.
    let hasSecondNorm = family == .falcon && parallelResidual && !sharesNorm
    return TensorNames(
      base: "", blocks: "blk.", embedding: "token_embd", positions: "position_embd",
      attentionNorm: hasSecondNorm ? "attn_norm_2" : "attn_norm", queryKeyValue: "attn_qkv", query: "attn_q",
      key: "attn_k", value: "attn_v", queryNorm: "attn_q_norm", keyNorm: "attn_k_norm", attentionOutput: "attn_output",
      feedForwardNorm: hasSecondNorm ? "attn_norm" : "ffn_norm", gate: "ffn_gate", up: "ffn_up", down: "ffn_down",
      finalNorm: "output_norm", output: "output")
  }
}
