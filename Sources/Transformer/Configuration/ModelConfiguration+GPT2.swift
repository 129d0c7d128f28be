extension ModelConfiguration {
  /// The model that options of transformers' `GPT2Config` describe.
  static func gpt2(_ object: ConfigurationValue) throws(InputError) -> ModelConfiguration {
    var options = try OptionReader(object)
    try refuseQuantization(&options)
    var c = try Self.sizes(
      &options, SizeKeys(width: "n_embd", layers: "n_layer", heads: "n_head", sequence: "n_positions"),
      default: DefaultSizes(vocabulary: 50257, width: 768, layers: 12, heads: 12, sequence: 1024))
    c.family = .gpt2
    c.storesInputsFirst = true
    c.position = .learned
    c.feedForwardWidth =
      try options.optionalInteger("n_inner", in: 1...Limit.feedForwardWidth) ?? 4 * c.modelWidth
    c.activation = try activation(&options, "activation_function", default: "gelu_new")
    c.normalizationEpsilon = Float(try options.number("layer_norm_epsilon", default: 1e-5, .nonNegative))
    c.tiedEmbeddings = try options.boolean("tie_word_embeddings", default: true)
    // What the model was trained with, as the original's plain attention computes it; its faster ones drop these two.
    if try !options.boolean("scale_attn_weights", default: true) { c.softmaxScale = 1 }
    c.scalesAttentionByInverseLayer = try options.boolean("scale_attn_by_inverse_layer_idx", default: false)
    // Another order of the same operations, against overflow in fp16. Scores are fp32 here.
    try options.ignore("reorder_and_upcast_attn", as: [.boolean, .null])
    // The number of positions under its first name.
    try options.ignore("n_ctx", as: [.number, .null])
    try options.ignore("predict_special_tokens", as: [.boolean, .null])
    try finishHuggingFace(&options)
    return c
  }
}
