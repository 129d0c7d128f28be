extension ModelConfiguration {
  /// The model that options of transformers' `GPTNeoXConfig` describe.
  static func gptNeoX(_ object: ConfigurationValue) throws(InputError) -> ModelConfiguration {
    var options = try OptionReader(object)
    try refuseQuantization(&options)
    var c = try Self.sizes(
      &options, SizeKeys(),
      default: DefaultSizes(vocabulary: 50432, width: 6144, layers: 44, heads: 64, sequence: 2048))
    c.family = .gptNeoX
    c.fusedQKVOrder = .groups
    c.feedForwardWidth = try options.integer("intermediate_size", default: 24576, in: 1...Limit.feedForwardWidth)
    c.activation = try activation(&options, "hidden_act", default: "gelu")
    c.normalizationEpsilon = Float(try options.number("layer_norm_eps", default: 1e-5, .nonNegative))
    let attention = try options.boolean("attention_bias", default: true)
    c.biases = Biases(attentionInput: attention, attentionOutput: attention, feedForward: true, normalization: true)
    c.parallelResidual = try options.boolean("use_parallel_residual", default: true)
    c.tiedEmbeddings = try options.boolean("tie_word_embeddings", default: false)

    let part = try options.number("rotary_pct", default: 0.25, .probability)
    // The class writes its two options under transformers' common names as well, and reads neither of those.
    try options.ignore("partial_rotary_factor", "rope_theta", as: [.number, .null])
    try c.readRotary(&options, thetaKey: "rotary_emb_base", part: part)
    try finishHuggingFace(&options)
    return c
  }
}
