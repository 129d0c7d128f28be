extension ModelConfiguration {
  /// transformers' own MPT: ALiBi with a maximum of 8, no biases, LayerNorm, exact gelu, fourfold feed-forward width.
  ///
  /// Its configuration class takes llm-foundry's options but its model reads few of them. The others have no effect
  /// there, so they have none here; a checkpoint that really used them shows by its tensors.
  static func transformersMPT(_ options: inout OptionReader) throws(InputError) -> ModelConfiguration {
    try refuseQuantization(&options)
    var configuration = try mptSizes(&options, headDimension: nil) { 4 * $0 }
    configuration.position = .alibi(biasMax: 8)
    configuration.biases = .none
    configuration.normalizationEpsilon = Float(try options.number("layer_norm_epsilon", default: 1e-5, .nonNegative))
    configuration.tiedEmbeddings = try options.boolean("tie_word_embeddings", default: true)

    var attention = try options.mapping("attn_config")
    configuration.softmaxScale = try attention.optionalNumber("softmax_scale").map { Float($0) }
    configuration.clipQKV = try attention.optionalNumber("clip_qkv", .nonNegative).flatMap { $0 == 0 ? nil : Float($0) }
    // The class refuses any other; the model then computes multi-head attention for both.
    _ = try attention.choice(
      "attn_type", default: "multihead_attention", of: ["multihead_attention": (), "multiquery_attention": ()])
    try attention.ignore("alibi", "qk_ln", "prefix_lm", "attn_uses_sequence_id", as: [.boolean, .null])
    try attention.ignore("alibi_bias_max", as: [.number, .null])
    try attention.ignore("attn_impl", as: [.string, .null])
    _ = try attention.number("attn_pdrop", default: 0, .probability)
    // The class takes llm-foundry's further options, and any other, and drops them.
    try attention.ignore("qk_gn", "fused_qkv", "rope", "nope", as: [.boolean, .null])
    try attention.ignore(
      "sliding_window_size", "attn_logit_softcapping", "rope_theta", "kv_dim", "kv_n_heads", "seq_parallel_world_size",
      as: [.number, .null])
    try attention.ignore("rope_impl", as: [.string, .null])
    try attention.ignore("rope_dail_config", "rope_hf_config", "attn_temperature_tuning", as: [.mapping, .null])
    try ignorePretrainedConfig(&attention)
    try attention.refuseUnknown()

    try options.ignore("learned_pos_emb", "no_bias", "attention_bias", "use_pad_tok_in_ffn", as: [.boolean, .null])
    try options.ignore("expansion_ratio", "embedding_fraction", "initializer_range", "norm_eps", as: [.number, .null])
    try options.ignore("head_dim", "final_logit_softcapping", as: [.number, .null])
    try options.ignore("logit_scale", as: [.number, .string, .null])
    try options.ignore("norm_type", "init_device", as: [.string, .null])
    try options.ignore("init_config", "ffn_config", "block_overrides", as: [.mapping, .null])
    try options.ignore("fc_type", as: [.string, .mapping, .null])
    try options.ignore("resid_pdrop", "emb_pdrop", "init_std", as: [.number, .null])
    try options.ignore("name", as: [.string])
    try ignorePretrainedConfig(&options)
    try options.refuseUnknown()
    return configuration
  }
}
