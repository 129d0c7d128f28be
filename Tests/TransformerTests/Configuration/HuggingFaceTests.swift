import Testing

@testable import Transformer

/// The model of a config.json with this type and these further options.
private func model(_ type: String, _ options: String = "") throws -> ModelConfiguration {
  try .huggingFace(
    JSONParser(allowsNonFiniteNumbers: true).parse(
      "{\"model_type\": \"\(type)\"\(options.isEmpty ? "" : ", ")\(options)}"))
}

@Suite("config.json of transformers' families")
struct HuggingFaceTests {
  /// model_type, options that published files state, and the published number of parameters.
  static let published: [(String, String, Int)] = [
    (
      "llama",
      """
      "hidden_size": 2048, "intermediate_size": 5632, "num_attention_heads": 32, "num_hidden_layers": 22,
      "num_key_value_heads": 4, "pretraining_tp": 1, "rope_scaling": null, "max_position_embeddings": 2048
      """, 1_100_048_384
    ),
    (
      "llama",
      """
      "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32, "num_hidden_layers": 32,
      "num_key_value_heads": 8, "vocab_size": 128256, "max_position_embeddings": 131072, "rope_theta": 500000.0,
      "rope_scaling": {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                       "original_max_position_embeddings": 8192, "rope_type": "llama3"},
      "eos_token_id": [128001, 128008, 128009], "attention_bias": false, "mlp_bias": false
      """, 8_030_261_248
    ),
    (
      "llama",
      """
      "hidden_size": 576, "intermediate_size": 1536, "num_attention_heads": 9, "num_hidden_layers": 30,
      "num_key_value_heads": 3, "vocab_size": 49152, "tie_word_embeddings": true, "is_llama_config": true,
      "rope_interleaved": false
      """, 134_515_008
    ),
    ("mistral", "", 7_241_732_096),
    (
      "qwen2",
      """
      "hidden_size": 896, "intermediate_size": 4864, "num_attention_heads": 14, "num_hidden_layers": 24,
      "num_key_value_heads": 2, "tie_word_embeddings": true, "use_sliding_window": false, "max_window_layers": 21,
      "sliding_window": 32768, "use_mrope": false
      """, 494_032_768
    ),
    (
      "qwen3",
      """
      "hidden_size": 1024, "intermediate_size": 3072, "num_attention_heads": 16, "num_hidden_layers": 28,
      "num_key_value_heads": 8, "head_dim": 128, "tie_word_embeddings": true, "sliding_window": null
      """, 596_049_920
    ),
    ("falcon", "", 6_921_720_704),
    (
      "falcon",
      """
      "hidden_size": 8192, "num_attention_heads": 128, "num_hidden_layers": 60, "num_kv_heads": 8,
      "new_decoder_architecture": true
      """, 41_303_293_952
    ),
    (
      "falcon",
      """
      "vocab_size": 50304, "hidden_size": 2048, "num_attention_heads": 32, "num_hidden_layers": 24, "alibi": true,
      "bias": true, "multi_query": false, "parallel_attn": false, "apply_residual_connection_post_layernorm": false
      """, 1_311_625_216
    ),
    (
      "gpt_neox",
      """
      "vocab_size": 50304, "hidden_size": 512, "intermediate_size": 2048, "num_attention_heads": 8,
      "num_hidden_layers": 6, "classifier_dropout": 0.1
      """, 70_426_624
    ),
    ("gpt_neox", "", 20_554_567_680),
    (
      "gpt2",
      """
      "n_ctx": 1024, "summary_type": "cls_index", "summary_first_dropout": 0.1, "resid_pdrop": 0.1,
      "task_specific_params": {"text-generation": {"do_sample": true, "max_length": 50}}
      """, 124_439_808
    ),
  ]

  @Test("published configurations have their published numbers of parameters", arguments: published)
  func parameterCounts(type: String, options: String, count: Int) throws {
    #expect(try model(type, options).parameterCount == count)
  }

  @Test("no options give the defaults of the original's class")
  func defaults() throws {
    let llama = try model("llama")
    #expect(llama.normalization == .rmsNorm && llama.normalizationEpsilon == 1e-6 && llama.activation == .silu)
    #expect(llama.position == .rotary(.init(dimension: 128)) && llama.biases == .none && !llama.tiedEmbeddings)
    #expect(llama.keyValueHeadCount == 32 && llama.slidingWindow == nil && llama.maximumSequenceLength == 2048)
    let mistral = try model("mistral")
    #expect(mistral.keyValueHeadCount == 8 && mistral.slidingWindow == 4096)
    #expect(try model("mistral", #""sliding_window": null"#).slidingWindow == nil)
    let qwen = try model("qwen2")
    #expect(qwen.biases.attentionInput && !qwen.biases.attentionOutput && qwen.queryKeyNormalization == .none)
    let qwen3 = try model("qwen3")
    #expect(qwen3.headDimension == 128 && qwen3.queryKeyNormalization == .perHead && !qwen3.biases.attentionInput)
    let falcon = try model("falcon")
    #expect(falcon.keyValueHeadCount == 1 && falcon.parallelResidual && falcon.sharesNorm && falcon.tiedEmbeddings)
    #expect(falcon.biases.normalization && !falcon.biases.feedForward && falcon.activation == .gelu)
    let neoX = try model("gpt_neox")
    #expect(neoX.position == .rotary(.init(dimension: 24)) && neoX.parallelResidual && !neoX.sharesNorm)
    #expect(neoX.fusedQKVOrder == .groups && !neoX.tiedEmbeddings && neoX.biases == .all)
    let gpt2 = try model("gpt2")
    #expect(gpt2.position == .learned && gpt2.activation == .geluTanh && gpt2.storesInputsFirst && gpt2.tiedEmbeddings)
  }

  /// type, option, the key that the error must name
  static let refused: [(String, String, String)] = [
    ("llama", #""hidden_size": 0"#, "hidden_size"), ("llama", #""hidden_size": "4096""#, "hidden_size"),
    ("llama", #""hidden_size": 4611686018427387904"#, "hidden_size"), ("llama", #""hidden_size": null"#, "hidden_size"),
    ("llama", #""num_attention_heads": 33"#, "num_attention_heads"),
    ("llama", #""num_key_value_heads": 5"#, "num_key_value_heads"),
    ("llama", #""num_key_value_heads": 64"#, "num_key_value_heads"),
    ("llama", #""head_dim": 7"#, "rope_theta"), ("llama", #""head_dim": 1000000"#, "head_dim"),
    ("llama", #""hidden_act": "mish""#, "hidden_act"), ("llama", #""hidden_act": "sillu""#, "hidden_act"),
    ("llama", #""rope_theta": 0"#, "rope_theta"), ("llama", #""rope_theta": -5"#, "rope_theta"),
    ("llama", #""rope_theta": Infinity"#, "rope_theta"),
    ("llama", #""rms_norm_eps": -1"#, "rms_norm_eps"), ("llama", #""rms_norm_eps": NaN"#, "rms_norm_eps"),
    ("llama", #""rope_scaling": 4"#, "rope_scaling"), ("llama", #""rope_scaling": {"factor": 2}"#, "rope_type"),
    ("llama", #""rope_scaling": {"rope_type": "longrope", "factor": 2}"#, "rope_type"),
    ("llama", #""rope_scaling": {"type": "su"}"#, "type"),
    ("llama", #""rope_scaling": {"type": "linear", "rope_type": "yarn", "factor": 2}"#, "rope_type"),
    ("llama", #""rope_scaling": {"type": "linear"}"#, "factor"),
    ("llama", #""rope_scaling": {"type": "linear", "factor": 0}"#, "factor"),
    ("llama", #""rope_scaling": {"type": "linear", "factor": 2, "fcator": 2}"#, "'fcator'"),
    ("llama", #""rope_scaling": {"type": "dynamic", "factor": 2}, "head_dim": 2"#, "type"),
    ("llama", #""rope_scaling": {"type": "yarn"}"#, "factor"),
    ("llama", #""rope_scaling": {"type": "yarn", "factor": 2}, "rope_theta": 1"#, "rope_type"),
    (
      "gpt_neox",
      #""hidden_size": 64, "num_attention_heads": 16, "rotary_pct": 0.75, "#
        + #""rope_scaling": {"rope_type": "yarn", "factor": 4}"#, "rope_type"
    ),
    (
      "llama",
      #""rope_scaling": {"type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4}"#,
      "original_max_position_embeddings"
    ),
    ("llama", #""partial_rotary_factor": 0.5"#, "partial_rotary_factor"),
    ("llama", #""rope_parameters": {"partial_rotary_factor": 0.5}"#, "partial_rotary_factor"),
    ("llama", #""rope_parameters": {"rope_theta": 0}"#, "rope_theta"),
    ("llama", #""rope_parameters": {"rope_theta": 1e4, "factor": 2}"#, "'factor'"),
    ("llama", #""rope_parameters": {"rope_type": "longrope", "rope_theta": 1e4}"#, "rope_type"),
    ("llama", #""rope_parameters": {"rope_type": "yarn", "factor": 2, "truncate": false}"#, "truncate"),
    ("llama", #""rope_parameters": {"full_attention": {"rope_theta": 1e4}}"#, "'full_attention'"),
    (
      "llama", #""rope_parameters": {"rope_theta": 1e4}, "rope_scaling": {"type": "linear", "factor": 2}"#,
      "rope_parameters"
    ),
    ("llama", #""num_hidden_layers": 2, "layer_types": ["sliding_attention", "sliding_attention"]"#, "layer_types"),
    ("llama", #""num_hidden_layers": 2, "layer_types": ["full_attention"]"#, "layer_types"),
    ("qwen3", #""num_hidden_layers": 2, "layer_types": ["full_attention", "sliding_attention"]"#, "layer_types"),
    ("qwen3", #""num_hidden_layers": 1, "layer_types": ["linear_attention"]"#, "layer_types"),
    ("qwen3", #""num_hidden_layers": 1, "layer_types": "full_attention""#, "layer_types"),
    (
      "qwen2", #""num_hidden_layers": 1, "sliding_window": null, "layer_types": ["sliding_attention"]"#, "layer_types"
    ),
    ("mistral", #""num_hidden_layers": 1, "layer_types": ["full_attention"]"#, "layer_types"),
    ("llama", #""rope_interleaved": true"#, "rope_interleaved"),
    ("llama", #""pruned_heads": {"0": [1]}"#, "pruned_heads"),
    ("llama", #""quantization_config": {"bits": 4}"#, "quantization_config"),
    ("llama", #""num_local_experts": 8"#, "'num_local_experts'"),
    ("llama", #""hiden_size": 4096"#, "'hiden_size'"),
    ("llama", #""is_encoder_decoder": true"#, "is_encoder_decoder"),
    ("mistral", #""sliding_window": 0"#, "sliding_window"), ("mistral", #""sliding_window": -1"#, "sliding_window"),
    ("qwen2", #""use_mrope": true"#, "use_mrope"),
    ("qwen2", #""rope_scaling": {"type": "mrope", "mrope_section": [16, 24, 24]}"#, "type"),
    ("falcon", #""parallel_attn": false, "new_decoder_architecture": true"#, "parallel_attn"),
    ("falcon", #""num_ln_in_parallel_attn": 2"#, "num_ln_in_parallel_attn"),
    ("falcon", #""num_ln_in_parallel_attn": 3, "new_decoder_architecture": true"#, "num_ln_in_parallel_attn"),
    ("falcon", #""multi_query": false, "num_kv_heads": 1"#, "num_kv_heads"),
    (
      "falcon", #""apply_residual_connection_post_layernorm": true"#, "apply_residual_connection_post_layernorm"
    ),
    ("falcon", #""activation": "relu6""#, "activation"),
    ("gpt_neox", #""rotary_pct": 1.5"#, "rotary_pct"), ("gpt_neox", #""rotary_emb_base": 0"#, "rotary_emb_base"),
    ("gpt2", #""add_cross_attention": true"#, "add_cross_attention"), ("gpt2", #""n_head": 5"#, "n_head"),
    ("gpt2", #""n_positions": 0"#, "n_positions"), ("gpt2", #""scale_attn_weights": 1"#, "scale_attn_weights"),
    ("lama", "", "model_type"), ("gemma", "", "model_type"), ("mixtral", "", "model_type"),
  ]

  @Test("what is wrong or not run is an error that names the option", arguments: refused)
  func refusals(type: String, option: String, key: String) throws {
    let error = #expect(throws: InputError.self) { try model(type, option) }
    #expect(error?.path.last == key)
    #expect(error?.cure != nil)
  }

  @Test("both names of a scaling's type, alone or together, mean the same")
  func scalingNames() throws {
    let newer = try model("llama", #""rope_scaling": {"rope_type": "linear", "factor": 2}"#)
    #expect(newer == (try model("llama", #""rope_scaling": {"type": "linear", "factor": 2.0}"#)))
    #expect(newer == (try model("llama", #""rope_scaling": {"type": "linear", "rope_type": "linear", "factor": 2}"#)))
    #expect(newer.position == .rotary(.init(dimension: 128, scaling: .linear(factor: 2))))
    #expect(try model("llama", #""rope_scaling": {"rope_type": "default"}"#) == model("llama"))
    #expect(try model("llama", #""rope_scaling": {}"#) == model("llama"))
  }

  /// type, options as transformers 4 writes them, the same as transformers 5 does
  static let renamed: [(String, String, String)] = [
    ("llama", #""rope_theta": 500.0"#, #""rope_parameters": {"rope_theta": 500.0, "rope_type": "default"}"#),
    ("llama", #""rope_theta": 500.0"#, #""rope_theta": 500.0, "rope_parameters": {"rope_type": "default"}"#),
    ("llama", #""rope_theta": 500.0"#, #""rope_parameters": {"rope_theta": 500.0}"#),
    ("llama", "", #""rope_parameters": null, "layer_types": null"#),
    (
      "llama",
      #""rope_theta": 5e5, "rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "#
        + #""high_freq_factor": 4, "original_max_position_embeddings": 8192}"#,
      #""rope_parameters": {"rope_theta": 5e5, "rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "#
        + #""high_freq_factor": 4, "original_max_position_embeddings": 8192}"#
    ),
    (
      "falcon", #""rope_scaling": {"type": "linear", "factor": 3}"#,
      #""rope_parameters": {"rope_theta": 10000.0, "rope_type": "linear", "factor": 3}"#
    ),
    (
      "gpt_neox", #""rotary_pct": 0.5, "rotary_emb_base": 700"#,
      #""rope_parameters": {"rope_theta": 700, "rope_type": "default", "partial_rotary_factor": 0.5}"#
    ),
    ("gpt_neox", "", #""rope_parameters": {"rope_theta": 10000.0, "rope_type": "default"}"#),
    (
      "qwen2", #""num_hidden_layers": 2, "sliding_window": null"#,
      #""num_hidden_layers": 2, "sliding_window": 8, "layer_types": ["full_attention", "full_attention"]"#
    ),
    (
      "qwen3", #""num_hidden_layers": 2, "sliding_window": 8"#,
      #""num_hidden_layers": 2, "sliding_window": 8, "use_sliding_window": true, "#
        + #""layer_types": ["sliding_attention", "sliding_attention"]"#
    ),
    (
      "mistral", #""num_hidden_layers": 1, "sliding_window": 8"#,
      #""num_hidden_layers": 1, "sliding_window": 8, "layer_types": ["sliding_attention"]"#
    ),
  ]

  @Test("what transformers 5 calls otherwise is the same model", arguments: renamed)
  func newerNames(type: String, older: String, newer: String) throws {
    #expect(try model(type, newer) == model(type, older))
  }

  @Test("in rope_parameters YaRN's factor is what the file says")
  func newerYarn() throws {
    let position = try model(
      "llama",
      #""rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4, "factor": 2, "#
        + #""original_max_position_embeddings": 2048, "truncate": true}"#
    ).position
    guard case .rotary(let rotary) = position, case .yarn(let factor, let length, _, _, _) = rotary.scaling else {
      Issue.record("\(position)")
      return
    }
    #expect(factor == 2 && length == 2048)
  }

  @Test("an option that is not known may matter: the cure is not to remove it blindly")
  func unknownOption() {
    let error = #expect(throws: InputError.self) { try model("llama", #""attention_multiplier": 0.1"#) }
    #expect(error?.cure == "remove it only if the model is the same without it")
  }

  @Test("YaRN's factor is that of the lengths where the original one is given; the attention factor follows it")
  func yarn() throws {
    let stated = try model(
      "qwen2",
      #""max_position_embeddings": 131072, "rope_scaling": {"type": "yarn", "factor": 2, "#
        + #""original_max_position_embeddings": 32768}"#)
    guard case .rotary(let rotary) = stated.position,
      case .yarn(let factor, let length, let fast, let slow, let attention) = rotary.scaling
    else {
      Issue.record("\(stated.position)")
      return
    }
    #expect(factor == 4 && length == 32768 && fast == 32 && slow == 1)
    #expect(abs(attention - 1.138_629_436) < 1e-9)
    // The fastest pair is kept, the slowest stretched.
    #expect(rotary.frequencies(length: 1)[0] == 1)
    #expect(
      abs(rotary.frequencies(length: 1)[63] / RotaryEmbedding(dimension: 128).frequencies(length: 1)[63] - 0.25) < 1e-12
    )
  }

  @Test("a part of NeoX's heads is rotated, rounded down; nothing at all leaves no positions")
  func partialRotation() throws {
    func dimension(_ part: Double) throws -> Int? {
      guard case .rotary(let rotary) = try model("gpt_neox", "\"rotary_pct\": \(part)").position else { return nil }
      return rotary.dimension
    }
    #expect(try dimension(0.3) == 28)
    #expect(try dimension(1) == 96)
    #expect(try dimension(0) == nil)
    #expect(RotaryEmbedding(dimension: 3).pairCount == 2)
  }
}
