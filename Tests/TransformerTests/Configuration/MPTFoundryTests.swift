import Testing

@testable import Transformer

/// The configuration that JSON options of llm-foundry's flavour describe.
func foundry(_ json: String) throws -> ModelConfiguration {
  try .mpt(JSONParser().parse(json), flavour: .foundry)
}

/// A small model with these further options.
func small(_ options: String = "", attention: String = "", feedForward: String = "") throws -> ModelConfiguration {
  try foundry(
    """
    {"d_model": 48, "n_heads": 6, "n_layers": 2, "vocab_size": 97, "max_seq_len": 64,
     "attn_config": {\(attention)}, "ffn_config": {\(feedForward)}\(options.isEmpty ? "" : ", ")\(options)}
    """)
}

@Suite struct MPTFoundryTests {
  @Test("no options give the original's defaults")
  func defaults() throws {
    let model = try foundry("{}")
    var expected = ModelConfiguration(
      vocabularySize: 50368, modelWidth: 2048, layerCount: 24, headCount: 16, feedForwardWidth: 8192,
      maximumSequenceLength: 2048)
    expected.biases.queryKeyNormalization = false
    #expect(model == expected)
    #expect(model.headDimension == 128)
    #expect(model.position == .learned)
    #expect(model.activation == .gelu)
    #expect(model.normalizationEpsilon == 1e-5)
  }

  @Test("the sweep file's model section is read as it stands")
  func sweepSection() throws {
    let model = try foundry(
      """
      {"name": "mpt_causal_lm", "init_device": "cpu", "d_model": 2048, "n_heads": 16, "n_layers": 24,
       "expansion_ratio": 4, "max_seq_len": 2048, "vocab_size": 50368, "init_std": 0.02, "attn_pdrop": 0.0,
       "resid_pdrop": 0.0, "emb_pdrop": 0.0, "attn_config": {"attn_impl": "flash"}}
      """)
    #expect(try model == foundry("{}"))
  }

  // MARK: Positions

  @Test("ALiBi and rotary embeddings turn the learned table off")
  func positions() throws {
    #expect(try small().position == .learned)
    #expect(try small(#""learned_pos_emb": false"#).position == .none)
    #expect(try small(#""learned_pos_emb": true"#, attention: #""alibi": true"#).position == .alibi(biasMax: 8))
    #expect(try small(attention: #""alibi": true, "alibi_bias_max": 16"#).position == .alibi(biasMax: 16))
    #expect(try small(attention: #""rope": true"#).position == .rotary(.init(dimension: 8)))
  }

  @Test("rotary options of both implementations are run")
  func rotary() throws {
    func rotary(_ options: String) throws -> RotaryEmbedding? {
      guard case .rotary(let rotary) = try small(attention: #""rope": true, "# + options).position else { return nil }
      return rotary
    }
    #expect(try rotary(#""rope_impl": "dail", "rope_theta": 500000"#) == .init(theta: 500_000, dimension: 8))
    #expect(try rotary(#""rope_impl": "hf""#) == .init(dimension: 8))
    #expect(
      try rotary(#""rope_impl": "hf", "rope_hf_config": {"type": "linear", "factor": 2}"#)
        == .init(dimension: 8, scaling: .linear(factor: 2)))
    #expect(
      try rotary(#""rope_impl": "hf", "rope_hf_config": {"type": "dynamic", "factor": 4.0}"#)
        == .init(dimension: 8, scaling: .dynamic(factor: 4, originalLength: 64)))
    #expect(
      try rotary(
        #""rope_impl": "hf", "rope_hf_config": {"type": "llama3", "factor": 8, "low_freq_factor": 1, "#
          + #""high_freq_factor": 4, "original_max_position_embeddings": 8192}"#)
        == .init(
          dimension: 8,
          scaling: .llama3(factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalLength: 8192)))
    // The other implementation's options are checked but not used.
    #expect(try rotary(#""rope_hf_config": {"type": "linear", "factor": 2}"#) == .init(dimension: 8))
    #expect(try rotary(#""rope_impl": "hf", "rope_dail_config": {"type": "xpos"}"#) == .init(dimension: 8))
    // Heads wider than d_model / n_heads are rotated whole by hf, in part by dail.
    func wide(_ implementation: String) throws -> PositionEncoding {
      try small(
        #""head_dim": 16"#, attention: "\"fused_qkv\": false, \"rope\": true, \"rope_impl\": \"\(implementation)\""
      ).position
    }
    #expect(try wide("hf") == .rotary(.init(dimension: 16)))
    #expect(try wide("dail") == .rotary(.init(dimension: 8)))
  }

  // MARK: Attention

  @Test("attention types set the number of key and value heads")
  func keyValueHeads() throws {
    #expect(try small().keyValueHeadCount == 6)
    #expect(try small(attention: #""attn_type": "multiquery_attention""#).keyValueHeadCount == 1)
    #expect(
      try small(attention: #""attn_type": "grouped_query_attention", "kv_n_heads": 3"#).keyValueHeadCount == 3)
    #expect(try small(attention: #""kv_n_heads": null"#).keyValueHeadCount == 6)
  }

  @Test("a sliding window of N is the query and N keys before it")
  func slidingWindow() throws {
    #expect(try small(attention: #""sliding_window_size": -1"#).slidingWindow == nil)
    #expect(try small(attention: #""sliding_window_size": 0"#).slidingWindow == 1)
    #expect(try small(attention: #""sliding_window_size": 16"#).slidingWindow == 17)
  }

  @Test("attention's numbers arrive, and those that switch it off do")
  func attentionNumbers() throws {
    #expect(try small(attention: #""clip_qkv": 6"#).clipQKV == 6)
    #expect(try small(attention: #""clip_qkv": 0"#).clipQKV == nil)
    #expect(try small(attention: #""softmax_scale": 0.25"#).effectiveSoftmaxScale == 0.25)
    #expect(try small(attention: #""attn_logit_softcapping": 50.0"#).attentionLogitSoftcap == 50)
    #expect(try small(attention: #""attn_logit_softcapping": null"#).attentionLogitSoftcap == nil)
    #expect(try !small(attention: #""fused_qkv": false"#).fusedQKV)
  }

  @Test("head_dim decouples the heads from the model's width, but not the softmax scale")
  func headDimension() throws {
    let model = try small(#""head_dim": 16"#, attention: #""fused_qkv": false"#)
    #expect(model.queryWidth == 96)
    #expect(model.effectiveSoftmaxScale == 1 / Float(8).squareRoot())
    #expect(try small(#""head_dim": 8"#).softmaxScale == nil)
  }

  @Test("norms of queries and keys are LayerNorms of their own whatever the model's norms are")
  func queryKeyNorms() throws {
    let model = try small(#""norm_type": "rmsnorm", "norm_eps": 0.001"#, attention: #""qk_ln": true"#)
    #expect(model.normalization == .rmsNorm)
    #expect(!model.biases.normalization)
    #expect(model.queryKeyNormalization == .wholeRow)
    #expect(model.queryKeyNormKind == .layerNorm)
    #expect(model.queryKeyNormEpsilon == 1e-5)
    #expect(model.biases.queryKeyNormalization)
    let own = try small(attention: #""qk_gn": true, "norm_type": "rmsnorm", "norm_eps": 1e-6"#)
    #expect(own.queryKeyNormalization == .perHead)
    #expect(own.queryKeyNormKind == .rmsNorm)
    #expect(own.queryKeyNormEpsilon == 1e-6)
    #expect(!own.biases.queryKeyNormalization)
    #expect(own.biases.normalization)
  }

  // MARK: Norms, biases, feed-forward, output

  @Test(
    "every norm of the original is one of the two",
    arguments: [
      ("layernorm", Normalization.layerNorm), ("low_precision_layernorm", .layerNorm), ("LayerNorm", .layerNorm),
      ("rmsnorm", .rmsNorm), ("low_precision_rmsnorm", .rmsNorm), ("triton_rmsnorm", .rmsNorm),
    ])
  func norms(name: String, expected: Normalization) throws {
    let model = try small("\"norm_type\": \"\(name)\"")
    #expect(model.normalization == expected)
    #expect(model.biases.normalization == (expected == .layerNorm))
  }

  @Test("no_bias strips all biases, attention_bias alone brings those of the QKV projection back")
  func biases() throws {
    #expect(try small(#""no_bias": true"#).biases == .none)
    #expect(
      try small(#""no_bias": true, "attention_bias": true"#).biases
        == Biases(attentionInput: true, attentionOutput: false, feedForward: false, normalization: false))
    #expect(
      try small(#""attention_bias": false"#).biases
        == Biases(
          attentionInput: false, attentionOutput: true, feedForward: true, normalization: true,
          queryKeyNormalization: false))
  }

  @Test("the feed-forward width is the product, exact or refused, unless it is given")
  func feedForwardWidth() throws {
    #expect(try small(#""expansion_ratio": 2"#).feedForwardWidth == 96)
    #expect(try small(#""expansion_ratio": 2.5"#).feedForwardWidth == 120)
    #expect(try small(#""expansion_ratio": 2.3"#, feedForward: #""ffn_hidden_size": 77"#).feedForwardWidth == 77)
    let error = #expect(throws: InputError.self) { try small(#""expansion_ratio": 2.3"#) }
    #expect(error?.path == ["expansion_ratio"])
  }

  @Test("feed-forward types and activations are run")
  func feedForward() throws {
    #expect(try small(feedForward: #""ffn_type": "mptglu""#).feedForward == .glu)
    func activation(_ function: String) throws -> Activation {
      try small(feedForward: "\"ffn_act_fn\": \(function)").activation
    }
    #expect(try activation("null") == .gelu)
    #expect(try activation(#"{"name": "gelu"}"#) == .gelu)
    #expect(try activation(#"{"name": "gelu", "approximate": "none"}"#) == .gelu)
    #expect(try activation(#"{"name": "gelu", "approximate": "tanh"}"#) == .geluTanh)
    #expect(try activation(#"{"name": "quick_gelu"}"#) == .geluQuick)
    #expect(try activation(#"{"name": "silu", "inplace": true}"#) == .silu)
    #expect(try activation(#"{"name": "relu"}"#) == .relu)
  }

  @Test("the output's options arrive")
  func output() throws {
    #expect(try !small(#""tie_word_embeddings": false"#).tiedEmbeddings)
    #expect(try small(#""logit_scale": 0.5"#).logitScale == 0.5)
    #expect(try small(#""logit_scale": null"#).logitScale == 1)
    #expect(try small(#""logit_scale": "inv_sqrt_d_model""#).logitScale == 1 / Float(48).squareRoot())
    #expect(try small(#""final_logit_softcapping": 30"#).finalLogitSoftcap == 30)
  }

  @Test("options that change nothing in inference are accepted")
  func noEffect() throws {
    let model = try small(
      """
      "embedding_fraction": 0.5, "use_pad_tok_in_ffn": false, "use_cache": true, "fc_type": "te", "verbose": 0,
      "block_overrides": {}, "loss_fn": "fused_crossentropy", "torch_dtype": "bfloat16", "pad_token_id": null,
      "init_config": {"name": "baseline_", "init_std": 0.02, "emb_init_uniform_lim": [-1, 1]}
      """,
      attention: """
        "attn_impl": "torch", "attn_uses_sequence_id": true, "attn_pdrop": 0.1, "kv_dim": null, "nope": false,
        "attn_temperature_tuning": {"floor_scale": 8192, "attn_scale": 0.0}, "prefix_lm": false,
        "seq_parallel_world_size": 1
        """, feedForward: #""fc_type": {"name": "torch", "bias": true, "device": "cpu"}, "return_bias": false"#)
    #expect(try model == small())
  }

  // MARK: Refusals

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
      (#""fuse_norm_attn_norm": true"#, "fuse_norm_attn_norm"),
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
