extension ModelConfiguration {
  /// Configuration classes that describe a Llama with other defaults and a few options more or less.
  enum LlamaDialect {
    case llama
    case mistral
    case qwen2
    case qwen3
  }

  /// The model that options of transformers' `LlamaConfig`, `MistralConfig`, `Qwen2Config` or `Qwen3Config` describe.
  static func llama(_ object: ConfigurationValue, _ dialect: LlamaDialect) throws(InputError) -> ModelConfiguration {
    var options = try OptionReader(object)
    try refuseQuantization(&options)
    let sizes =
      switch dialect {
      case .llama: DefaultSizes(vocabulary: 32000, width: 4096, layers: 32, heads: 32, sequence: 2048)
      case .mistral: DefaultSizes(vocabulary: 32000, width: 4096, layers: 32, heads: 32, sequence: 131_072)
      case .qwen2, .qwen3: DefaultSizes(vocabulary: 151_936, width: 4096, layers: 32, heads: 32, sequence: 32768)
      }
    var c = try Self.sizes(
      &options, SizeKeys(), default: sizes, headDimension: try llamaHeadDimension(&options, dialect))
    c.family = .llama
    c.fusedQKV = false
    let (keyValueHeads, width): (Int?, Int) =
      switch dialect {
      case .llama: (nil, 11008)
      case .mistral: (8, 14336)
      case .qwen2, .qwen3: (32, 22016)
      }
    try c.readKeyValueHeads(&options, "num_key_value_heads", default: keyValueHeads)
    c.feedForwardWidth = try options.integer("intermediate_size", default: width, in: 1...Limit.feedForwardWidth)
    c.feedForward = .glu
    c.activation = try activation(&options, "hidden_act", default: "silu")
    c.normalization = .rmsNorm
    c.normalizationEpsilon = Float(try options.number("rms_norm_eps", default: 1e-6, .nonNegative))
    c.tiedEmbeddings = try options.boolean("tie_word_embeddings", default: false)
    try c.readLlamaBiases(&options, dialect)
    try c.readLlamaWindow(&options, dialect)
    try c.readRotary(&options)
    // Only part of a rotation would be another model; the original's class takes the key and fails.
    if let part = try options.optionalNumber("partial_rotary_factor"), part != 1 {
      throw options.error("partial_rotary_factor", "\(part) is not supported in this family", cure: "set it to 1")
    }
    // A mark of converted files; the weights are in halves all the same.
    if try options.optionalBoolean("rope_interleaved") == true {
      throw options.error("rope_interleaved", "is not supported", cure: "set it to false")
    }
    if dialect == .qwen3 {
      c.queryKeyNormalization = .perHead
      c.queryKeyNormEpsilon = c.normalizationEpsilon
    }
    try finishHuggingFace(&options)
    return c
  }

  private static func llamaHeadDimension(
    _ options: inout OptionReader, _ dialect: LlamaDialect
  ) throws(InputError) -> Int? {
    // Qwen2's attention reads the attribute too, if a file has it.
    let stated = try options.optionalInteger("head_dim", in: 1...Limit.width)
    return dialect == .qwen3 && options.take("head_dim") == nil ? 128 : stated
  }

  private mutating func readLlamaBiases(
    _ options: inout OptionReader, _ dialect: LlamaDialect
  ) throws(InputError) {
    biases = .none
    switch dialect {
    case .llama:
      biases.attentionInput = try options.boolean("attention_bias", default: false)
      biases.attentionOutput = biases.attentionInput
      biases.feedForward = try options.boolean("mlp_bias", default: false)
    case .qwen3:
      biases.attentionInput = try options.boolean("attention_bias", default: false)
      biases.attentionOutput = biases.attentionInput
    case .qwen2, .mistral:
      biases.attentionInput = dialect == .qwen2
      // Fixed by the class, which takes the options and drops them.
      try options.ignore("attention_bias", as: [.boolean, .null])
    }
    if dialect != .llama { try options.ignore("mlp_bias", as: [.boolean, .null]) }
  }

  private mutating func readLlamaWindow(
    _ options: inout OptionReader, _ dialect: LlamaDialect
  ) throws(InputError) {
    // Llama's and Mistral's classes drop these two; without layer_types Qwen's masks on CPUs follow sliding_window in all
    // layers, whatever they say.
    try options.ignore("use_sliding_window", as: [.boolean, .null])
    try options.ignore("max_window_layers", as: [.number, .null])
    if try options.optionalBoolean("use_mrope") == true {
      throw options.error("use_mrope", "multimodal rotary embeddings are not supported", cure: "set it to false")
    }
    if dialect == .llama {
      try options.ignore("sliding_window", as: [.number, .null])
    } else if options.take("sliding_window") == nil {
      slidingWindow = 4096
    } else {
      slidingWindow = try options.optionalInteger("sliding_window", in: 1...Int(Int32.max))
    }
    guard let slides = try layersSlide(&options) else { return }
    // Where there are layer types, Qwen goes by them alone; the other classes drop them.
    if dialect == .qwen2 || dialect == .qwen3, !slides { slidingWindow = nil }
    guard slides == (slidingWindow != nil) else {
      throw options.error(
        "layer_types", "are \(slides ? "sliding_attention without a" : "full_attention beside a") sliding_window",
        cure: "write what the model has")
    }
  }

  /// Whether the layers see a sliding window, as newer files say for each; `nil` where none is said.
  private func layersSlide(_ options: inout OptionReader) throws(InputError) -> Bool? {
    let value = options.take("layer_types")
    if value == nil || value == .null { return nil }
    let known: [ConfigurationValue] = [.string("full_attention"), .string("sliding_attention")]
    guard case .array(let types)? = value, types.count == layerCount, types.allSatisfy(known.contains) else {
      throw options.error(
        "layer_types", "must be \(layerCount) times full_attention or sliding_attention",
        cure: "write one for each layer")
    }
    guard types.allSatisfy({ $0 == types[0] }) else {
      throw options.error(
        "layer_types", "layers with and without a sliding window in one model are not supported",
        cure: "choose a model whose layers are alike")
    }
    return types[0] == known[1]
  }
}
