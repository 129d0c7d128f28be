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
}
