import Testing

@testable import Transformer

@Suite struct MPTTransformersTests {
  private func transformers(_ json: String) throws -> ModelConfiguration {
    try .mpt(JSONParser().parse(json), flavour: .transformers)
  }

  @Test("the class's options without effect have none: ALiBi, no biases, fourfold width, LayerNorm, whatever they say")
  func ignored() throws {
    let plain = try transformers(#"{"d_model": 48, "n_heads": 6}"#)
    #expect(plain.position == .alibi(biasMax: 8))
    #expect(plain.biases == .none)
    #expect(plain.feedForwardWidth == 192)
    let optioned = try transformers(
      """
      {"d_model": 48, "n_heads": 6, "learned_pos_emb": true, "no_bias": false, "expansion_ratio": 2,
       "logit_scale": 0.5, "norm_type": "rmsnorm", "initializer_range": 0.02, "verbose": 0, "resid_pdrop": 0.1,
       "attn_config": {"alibi": false, "alibi_bias_max": 4, "qk_ln": true, "attn_type": "multiquery_attention",
                       "model_type": "", "attn_impl": "torch"}}
      """)
    #expect(optioned == plain)
  }

  @Test("clip_qkv, softmax_scale, layer_norm_epsilon and untied embeddings work")
  func effective() throws {
    let model = try transformers(
      """
      {"d_model": 48, "n_heads": 6, "layer_norm_epsilon": 1e-6, "tie_word_embeddings": false,
       "attn_config": {"clip_qkv": 2, "softmax_scale": 0.5}}
      """)
    #expect(model.clipQKV == 2)
    #expect(model.softmaxScale == 0.5)
    #expect(model.normalizationEpsilon == 1e-6)
    #expect(!model.tiedEmbeddings)
  }

  @Test(
    "bad options are errors here too",
    arguments: [
      #"{"d_model": 10, "n_heads": 3}"#, #"{"attn_config": {"attn_type": "grouped_query_attention"}}"#,
      #"{"attn_config": {"alibi": "yes"}}"#, #"{"no_bias": 3}"#, #"{"unheard_of": 1}"#,
      #"{"quantization_config": {"load_in_4bit": true}}"#,
    ])
  func refused(json: String) {
    #expect(throws: InputError.self) { try transformers(json) }
  }

  @Test(
    "a config.json's flavour shows in what only one of the two writes",
    arguments: [
      (#"{"architectures": ["MPTForCausalLM"], "layer_norm_epsilon": 1e-5}"#, MPTFlavour.foundry),
      (#"{"architectures": ["MptForCausalLM"], "init_config": {}}"#, .transformers),
      (#"{"layer_norm_epsilon": 1e-5, "auto_map": {}}"#, .transformers), (#"{"auto_map": {}}"#, .foundry),
      (#"{"init_config": {}}"#, .foundry), (#"{"fc_type": "torch"}"#, .foundry), (#"{"d_model": 8}"#, .transformers),
      (#"{"architectures": []}"#, .transformers), (#"{"architectures": [3], "ffn_config": {}}"#, .foundry),
    ])
  func flavours(json: String, expected: MPTFlavour) throws {
    #expect(try MPTFlavour(detecting: JSONParser().parse(json)) == expected)
  }
}
