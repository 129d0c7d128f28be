import Tensor
import Testing

@testable import Transformer

@Suite struct MPTExportTests {
  static let attentions = [
    "", #""alibi": true, "alibi_bias_max": 4"#, #""rope": true, "rope_impl": "hf", "rope_theta": 5000"#,
    #""rope": true, "rope_impl": "hf", "rope_hf_config": {"type": "linear", "factor": 2.5}"#,
    #""rope": true, "rope_impl": "hf", "rope_hf_config": {"type": "dynamic", "factor": 2}"#,
    #""rope": true, "rope_impl": "hf", "rope_hf_config": {"type": "llama3", "factor": 8, "low_freq_factor": 1, "#
      + #""high_freq_factor": 4, "original_max_position_embeddings": 16}"#,
    #""clip_qkv": 0.1, "softmax_scale": 0.3, "attn_logit_softcapping": 20"#, #""attn_type": "multiquery_attention""#,
    #""attn_type": "grouped_query_attention", "kv_n_heads": 2, "fused_qkv": false, "qk_ln": true"#,
    #""qk_gn": true, "norm_type": "rmsnorm", "norm_eps": 1e-6, "sliding_window_size": 7"#,
  ]
  static let options = [
    "", #""no_bias": true, "fuse_norm_attn_norm": true"#,
    #""no_bias": true, "attention_bias": true, "logit_scale": 0.7"#,
    #""norm_type": "rmsnorm", "norm_eps": 1e-6"#, #""learned_pos_emb": false, "tie_word_embeddings": false"#,
    #""expansion_ratio": 2.5, "final_logit_softcapping": 30.5"#, #""logit_scale": "inv_sqrt_d_model""#,
  ]
  static let feedForwards = [
    "", #""ffn_type": "mptglu", "ffn_act_fn": {"name": "silu"}"#,
    #""ffn_hidden_size": 50, "ffn_act_fn": {"name": "gelu", "approximate": "tanh"}"#,
    #""ffn_act_fn": {"name": "quick_gelu"}"#, #""ffn_act_fn": {"name": "relu"}"#,
  ]

  @Test("an exported configuration reads back as the same model, as text too", arguments: attentions, options)
  func roundTrip(attention: String, options: String) throws {
    for feedForward in Self.feedForwards {
      let model = try small(options, attention: attention, feedForward: feedForward)
      let json = model.mptConfigurationJSON(dtype: .bf16)
      #expect(json["torch_dtype"] == .string("bfloat16"))
      #expect(MPTFlavour(detecting: json) == .foundry)
      #expect(try ModelConfiguration.mpt(json, flavour: .foundry) == model)
      let text = JSONWriter(indentation: 2).text(json)
      #expect(try ModelConfiguration.mpt(JSONParser().parse(text), flavour: .foundry) == model)
    }
  }

  @Test("heads of another size than d_model / n_heads are exported")
  func headDimension() throws {
    for implementation in ["hf", "dail"] {
      let model = try small(
        #""head_dim": 16"#, attention: "\"fused_qkv\": false, \"rope\": true, \"rope_impl\": \"\(implementation)\"")
      #expect(try ModelConfiguration.mpt(model.mptConfigurationJSON(dtype: .fp32), flavour: .foundry) == model)
    }
  }

  @Test("an ALiBi model without biases is the same model to transformers")
  func transformers() throws {
    let model = try small(#""no_bias": true, "norm_eps": 1e-6"#, attention: #""alibi": true, "clip_qkv": 4"#)
    #expect(try ModelConfiguration.mpt(model.mptConfigurationJSON(dtype: .fp16), flavour: .transformers) == model)
  }
}
