extension ModelConfiguration {
  /// The model that MPT options describe: a sweep file's `model:` section or a checkpoint's config.json.
  ///
  /// Every option of the original is either run, or accepted because it changes nothing in inference, or refused by
  /// name. Absent options take the flavour's own defaults.
  ///
  /// - Parameters:
  ///   - object: a mapping. Errors name keys by their path inside it.
  ///   - flavour: whose options they are; `MPTFlavour(detecting:)` tells for a config.json.
  public static func mpt(
    _ object: ConfigurationValue, flavour: MPTFlavour
  ) throws(InputError) -> ModelConfiguration {
    var options = try OptionReader(object)
    switch flavour {
    case .foundry: return try foundryMPT(&options)
    case .transformers: return try transformersMPT(&options)
    }
  }

  /// Largest sizes accepted: far beyond any model, small enough that no product of them overflows 64 bits.
  enum Limit {
    static let width = 1 << 20
    static let feedForwardWidth = 1 << 24
    static let layers = 1 << 14
    static let vocabulary = 1 << 28
    static let sequence = 1 << 24
  }

  /// Sizes that both flavours read alike.
  static func mptSizes(
    _ options: inout OptionReader, headDimension: Int?, feedForwardWidth: (Int) -> Int
  ) throws(InputError) -> ModelConfiguration {
    let modelWidth = try options.integer("d_model", default: 2048, in: 1...Limit.width)
    let headCount = try options.integer("n_heads", default: 16, in: 1...Limit.width)
    guard modelWidth % headCount == 0 else {
      throw options.error(
        "n_heads", "\(headCount) does not divide d_model (\(modelWidth))",
        cure: "choose a number of heads that divides d_model")
    }
    return ModelConfiguration(
      vocabularySize: try options.integer("vocab_size", default: 50368, in: 1...Limit.vocabulary),
      modelWidth: modelWidth,
      layerCount: try options.integer("n_layers", default: 24, in: 1...Limit.layers),
      headCount: headCount,
      headDimension: headDimension,
      feedForwardWidth: feedForwardWidth(modelWidth),
      maximumSequenceLength: try options.integer("max_seq_len", default: 2048, in: 1...Limit.sequence))
  }

  private static func foundryMPT(_ options: inout OptionReader) throws(InputError) -> ModelConfiguration {
    // Refused before anything else: what looks wrong in the rest may come from it.
    try refuseQuantization(&options)
    let headDimension = try options.optionalInteger("head_dim", in: 1...Limit.width)
    var configuration = try mptSizes(&options, headDimension: headDimension) { $0 }
    guard configuration.headCount * configuration.headDimension <= Limit.width else {
      throw options.error(
        "head_dim",
        "n_heads × head_dim is \(configuration.headCount * configuration.headDimension), more than"
          + " \(Limit.width)")
    }
    var attention = try options.mapping("attn_config")
    try configuration.readFoundryNorms(&options)
    try configuration.readFoundryBiases(&options)
    try configuration.readFoundryAttention(&attention)
    try configuration.readFoundryPosition(&options, &attention)
    try configuration.readFoundryFeedForward(&options)
    try configuration.readFoundryOutput(&options)
    configuration.fusedNormAttentionNorm = try options.optionalBoolean("fuse_norm_attn_norm") ?? false
    try attention.refuseUnknown()
    try ignoreFoundryTraining(&options)
    try ignorePretrainedConfig(&options)
    try options.refuseUnknown()
    return configuration
  }

  private mutating func readFoundryNorms(_ options: inout OptionReader) throws(InputError) {
    normalization = try Self.foundryNorm(&options)
    normalizationEpsilon = Float(try options.number("norm_eps", default: 1e-5, .nonNegative))
    // transformers' name for it, which the original takes and drops: no harm where both agree.
    if let other = try options.optionalNumber("layer_norm_epsilon"), Float(other) != normalizationEpsilon {
      throw options.error(
        "layer_norm_epsilon", "\(other) has no effect: llm-foundry's MPT reads norm_eps (\(normalizationEpsilon))",
        cure: "set norm_eps")
    }
  }

  /// The `norm_type` among `options`. The low-precision norms differ from the others under autocast only; triton's is
  /// another implementation.
  static func foundryNorm(_ options: inout OptionReader) throws(InputError) -> Normalization {
    let norms: [String: Normalization] = [
      "layernorm": .layerNorm, "low_precision_layernorm": .layerNorm,
      "rmsnorm": .rmsNorm, "low_precision_rmsnorm": .rmsNorm, "triton_rmsnorm": .rmsNorm,
    ]
    let name = try options.string("norm_type", default: "low_precision_layernorm")
    guard let kind = norms[name.lowercased()] else {
      throw options.error(
        "norm_type", "\(quoted(name)) is not supported", cure: Suggestion.cure(for: name, among: Array(norms.keys)))
    }
    return kind
  }

  private mutating func readFoundryBiases(_ options: inout OptionReader) throws(InputError) {
    let linear = try !options.boolean("no_bias", default: false)
    let attentionInput = try options.optionalBoolean("attention_bias") ?? linear
    biases = Biases(
      attentionInput: attentionInput, attentionOutput: linear, feedForward: linear,
      // no_bias strips the norms too; RMSNorm never has one.
      normalization: linear && normalization == .layerNorm, queryKeyNormalization: linear)
  }

  private mutating func readFoundryOutput(_ options: inout OptionReader) throws(InputError) {
    tiedEmbeddings = try options.boolean("tie_word_embeddings", default: true)
    switch options.take("logit_scale") {
    case nil, .null: break
    case .string("inv_sqrt_d_model"): logitScale = 1 / Float(modelWidth).squareRoot()
    case .string(let name):
      throw options.error(
        "logit_scale", "\(quoted(name)) is not supported", cure: "write a number, inv_sqrt_d_model or null")
    case let value?:
      logitScale = Float(
        try options.number(value, "logit_scale", .finite, expected: "a number, inv_sqrt_d_model or null"))
    }
    finalLogitSoftcap = try options.optionalNumber("final_logit_softcapping", .positive).map { Float($0) }
  }

  /// A quantised checkpoint's weights are not what their names say.
  static func refuseQuantization(_ options: inout OptionReader) throws(InputError) {
    switch options.take("quantization_config") {
    case nil, .null: return
    default:
      throw options.error(
        "quantization_config", "quantised checkpoints are not supported", cure: "use the fp32, bf16 or fp16 checkpoint")
    }
  }
}
