extension ModelConfiguration {
  /// The model that options of transformers' `FalconConfig` describe.
  static func falcon(_ object: ConfigurationValue) throws(InputError) -> ModelConfiguration {
    var options = try OptionReader(object)
    try refuseQuantization(&options)
    var c = try Self.sizes(
      &options, SizeKeys(),
      default: DefaultSizes(vocabulary: 65024, width: 4544, layers: 32, heads: 71, sequence: 2048))
    c.family = .falcon
    let linear = try options.boolean("bias", default: false)
    c.biases = Biases(attentionInput: linear, attentionOutput: linear, feedForward: linear, normalization: true)
    c.normalizationEpsilon = Float(try options.number("layer_norm_epsilon", default: 1e-5, .nonNegative))
    c.activation = try activation(&options, "activation", default: "gelu")
    c.feedForwardWidth =
      try options.optionalInteger("ffn_hidden_size", in: 1...Limit.feedForwardWidth) ?? 4 * c.modelWidth
    c.tiedEmbeddings = try options.boolean("tie_word_embeddings", default: true)
    try c.readFalconBlocks(&options)

    let alibi = try options.boolean("alibi", default: false)
    try c.readRotary(&options, used: !alibi)
    if alibi {
      c.position = .alibi(biasMax: 8)
      c.scalesRoundedALiBi = true
    }
    // Part of the first releases' files; their blocks are described by parallel_attn.
    if try options.optionalBoolean("apply_residual_connection_post_layernorm") == true {
      throw options.error(
        "apply_residual_connection_post_layernorm", "is not supported", cure: "set it to false")
    }
    try finishHuggingFace(&options)
    return c
  }

  /// Three shapes of blocks: 40B's (`new_decoder_architecture`: grouped queries, one or two norms), 7B's (parallel, one
  /// norm) and RW's (one after the other).
  private mutating func readFalconBlocks(_ options: inout OptionReader) throws(InputError) {
    let isNew = try options.boolean("new_decoder_architecture", default: false)
    let isMultiQuery = try options.boolean("multi_query", default: true)
    let isParallel = try options.boolean("parallel_attn", default: true)
    let norms = try options.optionalInteger("num_ln_in_parallel_attn", in: 1...2)
    // Without the new architecture the class keeps the number for its own bookkeeping only.
    try readKeyValueHeads(&options, "num_kv_heads", default: nil)
    guard isNew || norms != 2 || !isParallel else {
      throw options.error(
        "num_ln_in_parallel_attn", "2 norms exist in the new decoder architecture only", cure: "set it to 1 or null")
    }
    guard !isNew || isParallel else {
      throw options.error(
        "parallel_attn", "the new decoder architecture is parallel only", cure: "set it to true")
    }
    parallelResidual = isParallel
    sharesNorm = isParallel && !(isNew && norms != 1)
    if isNew {
      fusedQKVOrder = .groups
    } else if isMultiQuery {
      keyValueHeadCount = 1
    } else {
      guard keyValueHeadCount == headCount else {
        throw options.error(
          "num_kv_heads", "\(keyValueHeadCount) differs from the number of heads (\(headCount)) without multi_query",
          cure: "set it to \(headCount) or null")
      }
      fusedQKVOrder = .groups
    }
  }
}
