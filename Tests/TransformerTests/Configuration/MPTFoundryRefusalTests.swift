import Testing

@testable import Transformer

@Suite struct MPTFoundryRefusalTests {
  @Test(
    "what is wrong or not run is an error that names the option",
    arguments: [
      (#""d_model": 0"#, "d_model"), (#""d_model": -48"#, "d_model"), (#""d_model": "48""#, "d_model"),
      (#""d_model": 48.5"#, "d_model"), (#""d_model": null"#, "d_model"), (#""d_model": 9999999999999"#, "d_model"),
      (#""n_heads": 7"#, "n_heads"), (#""n_heads": 0"#, "n_heads"), (#""n_layers": 0"#, "n_layers"),
      (#""n_layers": 1000000000"#, "n_layers"), (#""vocab_size": 0"#, "vocab_size"),
      (#""max_seq_len": 0"#, "max_seq_len"), (#""head_dim": 0"#, "head_dim"), (#""head_dim": 16"#, "head_dim"),
      (#""head_dim": 1000000"#, "head_dim"), (#""expansion_ratio": 0"#, "expansion_ratio"),
      (#""expansion_ratio": 1e300"#, "expansion_ratio"), (#""expansion_ratio": 1000000"#, "expansion_ratio"),
      (#""norm_type": "batchnorm""#, "norm_type"), (#""norm_eps": -1"#, "norm_eps"), (#""norm_eps": 1e39"#, "norm_eps"),
      (#""no_bias": 1"#, "no_bias"), (#""no_bias": "false""#, "no_bias"), (#""attention_bias": 0"#, "attention_bias"),
      (#""logit_scale": "sqrt""#, "logit_scale"), (#""logit_scale": true"#, "logit_scale"),
      (#""final_logit_softcapping": 0"#, "final_logit_softcapping"), (#""resid_pdrop": 1.5"#, "resid_pdrop"),
      (#""emb_pdrop": "x""#, "emb_pdrop"), (#""embedding_fraction": 0"#, "embedding_fraction"),
      (#""embedding_fraction": 1.5"#, "embedding_fraction"), (#""tie_word_embeddings": "yes""#, "tie_word_embeddings"),
      (#""fc_type": "marlin""#, "fc_type"), (#""fc_type": {"name": "torch", "x": 1}"#, "fc_type.'x'"),
      (#""block_overrides": {"order": []}"#, "block_overrides"),
      (#""fuse_norm_attn_norm": 1"#, "fuse_norm_attn_norm"),
      (#""quantization_config": {"bits": 4}"#, "quantization_config"),
      (#""init_config": {"naem": 1}"#, "init_config.'naem'"),
      (#""learned_pos_emb": null"#, "learned_pos_emb"), (#""layer_norm_epsilon": 1e-6"#, "layer_norm_epsilon"),
      (#""use_cache": 3"#, "use_cache"),
    ])
  func refused(option: String, path: String) {
    let error = #expect(throws: InputError.self) { try foundry("{\(option)}") }
    #expect(error?.path.joined(separator: ".") == path)
  }

  @Test(
    "what is wrong or not run in attn_config is an error that names the option",
    arguments: [
      (#""attn_type": "flash_attention""#, "attn_type"), (#""attn_type": "grouped_query_attention""#, "kv_n_heads"),
      (#""attn_type": "grouped_query_attention", "kv_n_heads": 4"#, "kv_n_heads"),
      (#""attn_type": "grouped_query_attention", "kv_n_heads": 12"#, "kv_n_heads"),
      (#""attn_type": "grouped_query_attention", "kv_n_heads": 0"#, "kv_n_heads"), (#""kv_n_heads": 2"#, "kv_n_heads"),
      (#""attn_type": "multiquery_attention", "kv_n_heads": 2"#, "kv_n_heads"),
      (#""attn_impl": "xformers""#, "attn_impl"),
      (#""qk_ln": true, "qk_gn": true"#, "qk_gn"), (#""clip_qkv": -1"#, "clip_qkv"), (#""clip_qkv": "6""#, "clip_qkv"),
      (#""softmax_scale": true"#, "softmax_scale"), (#""softmax_scale": 1e40"#, "softmax_scale"),
      (#""attn_logit_softcapping": 0"#, "attn_logit_softcapping"),
      (#""sliding_window_size": -2"#, "sliding_window_size"),
      (#""sliding_window_size": null"#, "sliding_window_size"), (#""alibi": null"#, "alibi"),
      (#""alibi": true, "alibi_bias_max": 0"#, "alibi_bias_max"), (#""alibi": true, "rope": true"#, "rope"),
      (#""rope": true, "rope_theta": 0"#, "rope_theta"), (#""rope_impl": "llama""#, "rope_impl"),
      (#""rope": true, "rope_dail_config": {"type": "xpos"}"#, "rope_dail_config.type"),
      (#""rope_dail_config": {"type": "spin"}"#, "rope_dail_config.type"),
      (#""rope_hf_config": {"type": "yarn"}"#, "rope_hf_config.type"),
      (#""rope_hf_config": {"type": "linear", "factor": 0}"#, "rope_hf_config.factor"),
      (
        #""rope": true, "rope_impl": "hf", "rope_hf_config": {"type": "llama3", "factor": 8}"#,
        "rope_hf_config.low_freq_factor"
      ),
      (
        #""rope": true, "rope_impl": "hf", "rope_hf_config": {"type": "llama3", "low_freq_factor": 4, "#
          + #""high_freq_factor": 4, "original_max_position_embeddings": 64}"#, "rope_hf_config.high_freq_factor"
      ),
      (#""rope_hf_config": 3"#, "rope_hf_config"), (#""nope": true"#, "nope"), (#""prefix_lm": true"#, "prefix_lm"),
      (#""kv_dim": 24"#, "kv_dim"), (#""kv_dim": 48"#, "kv_dim"), (#""reuse_kv_layer_idx": -1"#, "reuse_kv_layer_idx"),
      (#""reuse_kv_x_layer_idx": -1"#, "reuse_kv_x_layer_idx"),
      (#""attn_temperature_tuning": {"attn_scale": 0.1}"#, "attn_temperature_tuning.attn_scale"),
      (#""seq_parallel_world_size": 2"#, "seq_parallel_world_size"), (#""attn_pdrop": -0.1"#, "attn_pdrop"),
      (#""norm_type": "none""#, "norm_type"), (#""alibi_bais_max": 8"#, "'alibi_bais_max'"),
    ])
  func refusedAttention(option: String, path: String) {
    let error = #expect(throws: InputError.self) { try small(attention: option) }
    #expect(error?.path.joined(separator: ".") == "attn_config.\(path)")
  }

  @Test(
    "what is wrong or not run in ffn_config is an error that names the option",
    arguments: [
      (#""ffn_type": "mptgeglu""#, "ffn_type"), (#""ffn_type": "te_ln_mlp""#, "ffn_type"),
      (#""ffn_type": "mb_dmoe""#, "ffn_type"), (#""ffn_type": "torch_dmoe", "moe_top_k": 2"#, "ffn_type"),
      (#""ffn_type": "mlp""#, "ffn_type"), (#""ffn_hidden_size": 0"#, "ffn_hidden_size"),
      (#""ffn_act_fn": "gelu""#, "ffn_act_fn"), (#""ffn_act_fn": {}"#, "ffn_act_fn.name"),
      (#""ffn_act_fn": {"name": "mish"}"#, "ffn_act_fn.name"),
      (#""ffn_act_fn": {"name": "gelu", "approximate": "fast"}"#, "ffn_act_fn.approximate"),
      (#""ffn_act_fn": {"name": "relu", "approximate": "tanh"}"#, "ffn_act_fn.'approximate'"),
      (#""moe_top_k": 2"#, "'moe_top_k'"), (#""fc_type": "int8""#, "fc_type"),
    ])
  func refusedFeedForward(option: String, path: String) {
    let error = #expect(throws: InputError.self) { try small(feedForward: option) }
    #expect(error?.path.joined(separator: ".") == "ffn_config.\(path)")
  }

  @Test("whatever value an option has, it is read or refused", arguments: [MPTFlavour.foundry, .transformers])
  func oddValues(flavour: MPTFlavour) throws {
    let top = [
      "d_model", "n_heads", "n_layers", "head_dim", "expansion_ratio", "max_seq_len", "vocab_size", "resid_pdrop",
      "emb_pdrop", "learned_pos_emb", "attn_config", "ffn_config", "init_device", "logit_scale", "no_bias",
      "attention_bias", "embedding_fraction", "norm_type", "norm_eps", "use_cache", "init_config", "fc_type",
      "tie_word_embeddings", "use_pad_tok_in_ffn", "block_overrides", "final_logit_softcapping", "fuse_norm_attn_norm",
      "layer_norm_epsilon", "architectures", "model_type", "torch_dtype",
    ]
    let attention = [
      "attn_type", "attn_pdrop", "attn_impl", "qk_ln", "qk_gn", "fused_qkv", "clip_qkv", "softmax_scale",
      "attn_uses_sequence_id", "sliding_window_size", "attn_logit_softcapping", "alibi", "alibi_bias_max", "rope",
      "nope",
      "rope_theta", "rope_impl", "rope_dail_config", "rope_hf_config", "attn_temperature_tuning", "kv_dim",
      "kv_n_heads",
      "reuse_kv_layer_idx", "norm_type", "norm_eps",
    ]
    let feedForward = ["ffn_type", "ffn_hidden_size", "ffn_act_fn", "fc_type", "bias"]
    let values: [ConfigurationValue] = [
      .null, .bool(true), .bool(false), .integer(.min), .integer(-1), .integer(0), .integer(1), .integer(3),
      .integer(16), .integer(.max), .number(-0.5), .number(0.5), .number(1e300), .number(1e-300), .number(.nan),
      .number(.infinity), .string(""), .string("x"), .array([]), .array([.null]), .object([]),
      .object([.init(key: "name", value: .null)]), .object([.init(key: "type", value: .string("llama3"))]),
    ]
    let sections: [(String?, [String])] = [(nil, top), ("attn_config", attention), ("ffn_config", feedForward)]
    for (section, keys) in sections {
      for key in keys {
        for value in values {
          let option = ConfigurationValue.object([.init(key: key, value: value)])
          let options = section.map { .object([.init(key: $0, value: option)]) } ?? option
          guard let model = try? ModelConfiguration.mpt(options, flavour: flavour) else { continue }
          #expect(model.parameterCount > 0, "\(key): \(value)")
          #expect(model.effectiveSoftmaxScale.isFinite, "\(key): \(value)")
        }
      }
    }
  }

  @Test("rotary embeddings need an even number of elements in a head")
  func oddHeads() {
    let error = #expect(throws: InputError.self) {
      try foundry(#"{"d_model": 15, "n_heads": 3, "attn_config": {"rope": true}}"#)
    }
    #expect(error?.path == ["attn_config", "rope"])
    #expect(throws: InputError.self) {
      try foundry(
        #"{"d_model": 6, "n_heads": 3, "attn_config": {"rope": true, "rope_impl": "hf", "#
          + #""rope_hf_config": {"type": "dynamic", "factor": 2}}}"#)
    }
  }

  @Test("an unknown option is an error with the nearest known name")
  func unknown() {
    let error = #expect(throws: InputError.self) { try foundry(#"{"n_layer": 2}"#) }
    #expect(error?.path == ["'n_layer'"])
    #expect(error?.cure == "did you mean 'n_layers'?")
    let nested = #expect(throws: InputError.self) { try small(attention: #""clip_qvk": 2"#) }
    #expect(nested?.cure == "did you mean 'clip_qkv'?")
    #expect(throws: InputError.self) { try foundry("[]") }
    #expect(throws: InputError.self) { try foundry(#"{"attn_config": []}"#) }
  }
}
