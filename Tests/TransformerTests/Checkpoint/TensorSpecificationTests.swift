import Testing

@testable import Transformer

@Suite struct TensorSpecificationTests {
  @Test("the published models have their published numbers of parameters")
  func published() throws {
    #expect(try foundry(#"{"d_model": 2048, "n_heads": 16, "n_layers": 24}"#).parameterCount == 1_315_950_592)
    #expect(try foundry(#"{"d_model": 4096, "n_heads": 32, "n_layers": 32}"#).parameterCount == 6_658_859_008)
    // mosaicml/mpt-7b and mpt-30b.
    #expect(
      try foundry(
        #"{"d_model": 4096, "n_heads": 32, "n_layers": 32, "vocab_size": 50432, "no_bias": true, "#
          + #""attn_config": {"alibi": true}}"#
      ).parameterCount == 6_649_286_656)
    #expect(
      try foundry(
        #"{"d_model": 7168, "n_heads": 64, "n_layers": 48, "vocab_size": 50432, "no_bias": true, "#
          + #""attn_config": {"alibi": true}}"#
      ).parameterCount == 29_957_200_896)
  }

  @Test("a model with everything has every tensor, in the order of the forward pass")
  func everything() throws {
    let model = try foundry(
      """
      {"d_model": 48, "n_heads": 6, "n_layers": 1, "vocab_size": 97, "max_seq_len": 64, "tie_word_embeddings": false,
       "attn_config": {"attn_type": "grouped_query_attention", "kv_n_heads": 2, "qk_ln": true},
       "ffn_config": {"ffn_type": "mptglu", "ffn_hidden_size": 100}}
      """)
    let expected: [(String, [Int])] = [
      ("transformer.wte.weight", [97, 48]), ("transformer.wpe.weight", [64, 48]),
      ("transformer.blocks.0.norm_1.weight", [48]), ("transformer.blocks.0.norm_1.bias", [48]),
      ("transformer.blocks.0.attn.Wqkv.weight", [80, 48]), ("transformer.blocks.0.attn.Wqkv.bias", [80]),
      ("transformer.blocks.0.attn.q_ln.weight", [48]), ("transformer.blocks.0.attn.q_ln.bias", [48]),
      ("transformer.blocks.0.attn.k_ln.weight", [16]), ("transformer.blocks.0.attn.k_ln.bias", [16]),
      ("transformer.blocks.0.attn.out_proj.weight", [48, 48]), ("transformer.blocks.0.attn.out_proj.bias", [48]),
      ("transformer.blocks.0.norm_2.weight", [48]), ("transformer.blocks.0.norm_2.bias", [48]),
      ("transformer.blocks.0.ffn.up_proj.weight", [100, 48]), ("transformer.blocks.0.ffn.up_proj.bias", [100]),
      ("transformer.blocks.0.ffn.down_proj.weight", [48, 100]), ("transformer.blocks.0.ffn.down_proj.bias", [48]),
      ("transformer.blocks.0.ffn.gate_proj.weight", [100, 48]), ("transformer.blocks.0.ffn.gate_proj.bias", [100]),
      ("transformer.norm_f.weight", [48]), ("transformer.norm_f.bias", [48]), ("lm_head.weight", [97, 48]),
    ]
    #expect(model.tensors.map(\.name) == expected.map(\.0))
    #expect(model.tensors.map(\.shape) == expected.map(\.1))
    #expect(model.tensors.map(\.layer) == [nil, nil] + Array(repeating: 0, count: 18) + [nil, nil, nil])
  }

  @Test("separate projections, per-head norms and wide heads have their shapes")
  func separate() throws {
    let model = try small(
      #""head_dim": 16, "no_bias": true"#,
      attention: #""fused_qkv": false, "qk_gn": true, "attn_type": "multiquery_attention", "alibi": true"#)
    let shapes = Dictionary(uniqueKeysWithValues: model.tensors.map { ($0.name, $0.shape) })
    #expect(shapes["transformer.blocks.1.attn.Wq.weight"] == [96, 48])
    #expect(shapes["transformer.blocks.1.attn.Wk.weight"] == [16, 48])
    #expect(shapes["transformer.blocks.1.attn.Wv.weight"] == [16, 48])
    #expect(shapes["transformer.blocks.1.attn.q_ln.weight"] == [16])
    #expect(shapes["transformer.blocks.1.attn.k_ln.weight"] == [16])
    #expect(shapes["transformer.blocks.1.attn.out_proj.weight"] == [48, 96])
    #expect(shapes["transformer.wpe.weight"] == nil)
    #expect(!shapes.keys.contains { $0.hasSuffix(".bias") })
  }

  @Test("attention and norms fused into one module change the names of their tensors only")
  func fusedNorms() throws {
    let plain = try small()
    let fused = try small(#""fuse_norm_attn_norm": true"#)
    #expect(
      fused.tensors.map(\.name)
        == plain.tensors.map { tensor in
          guard let layer = tensor.layer, !tensor.name.contains(".ffn.") else { return tensor.name }
          let block = "transformer.blocks.\(layer)."
          return block + "norm_attn_norm." + tensor.name.dropFirst(block.count)
        })
    #expect(fused.tensors.map(\.shape) == plain.tensors.map(\.shape))
  }

  @Test("the largest model that options can describe is counted without overflow")
  func largest() throws {
    let model = try foundry(
      """
      {"d_model": 1048576, "n_heads": 1, "n_layers": 16384, "vocab_size": 268435456, "max_seq_len": 16777216,
       "tie_word_embeddings": false, "ffn_config": {"ffn_type": "mptglu", "ffn_hidden_size": 16777216}}
      """)
    #expect(model.parameterCount > 1 << 59)
    #expect(model.parameterCount < Int.max / 4)
  }
}
