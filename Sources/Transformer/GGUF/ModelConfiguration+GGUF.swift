extension ModelConfiguration {
  /// The model that a GGUF file's metadata and tensors describe.
  ///
  /// The metadata hold sizes and options, the architecture's name what it fixes, and the tensors which biases and norms
  /// there are. Every option of the architecture's own is run, or accepted because it changes nothing in inference, or
  /// refused by name.
  static func gguf(_ file: GGUFFile, _ architecture: GGUFArchitecture) throws(InputError) -> ModelConfiguration {
    var options = try GGUFOptions(file.metadata, architecture: architecture.name)
    try checkWholeModel(file.metadata)
    var configuration = try ggufSizes(&options, file)
    configuration.family = architecture.family
    configuration.tensorNaming = .gguf
    configuration.normalization = architecture.normalization
    configuration.normalizationEpsilon = Float(
      try options.requiredNumber(
        architecture.normalization == .rmsNorm
          ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon", .nonNegative))
    configuration.feedForward = architecture.feedForward
    configuration.activation = architecture.activation
    try configuration.readGGUFResidual(&options, file, architecture)
    try configuration.readGGUFAttention(&options, file)
    try configuration.readGGUFPosition(&options, file, architecture)
    configuration.readGGUFBiases(file)
    configuration.tiedEmbeddings = isTied(file)
    configuration.logitScale = Float(try options.number("logit_scale", default: 1))
    configuration.finalLogitSoftcap = try options.positive("final_logit_softcapping")
    try configuration.refuseGGUFOptions(&options)
    try options.refuseUnknown()
    return configuration
  }

  /// Parts of a model, and models that extend another, are files of the same format.
  private static func checkWholeModel(_ metadata: ConfigurationValue) throws(InputError) {
    if case .string(let type)? = metadata["general.type"], type != "model" {
      throw InputError(
        path: ["general.type"], problem: "\(quoted(type)) is no model to run", cure: "name the file of the model itself"
      )
    }
    if case .integer(let count)? = metadata["split.count"], count > 1 {
      throw InputError(
        path: ["split.count"], problem: "the model is split into \(count) files",
        cure: "merge them: llama-gguf-split --merge FIRST-FILE MERGED-FILE")
    }
  }

  private static func ggufSizes(_ options: inout GGUFOptions, _ file: GGUFFile) throws(InputError) -> Self {
    let width = try options.size("embedding_length", in: 1...Limit.width)
    let headCount = try options.size("attention.head_count", in: 1...Limit.width)
    let keyValueHeadCount = try options.optionalSize("attention.head_count_kv", in: 1...Limit.width) ?? headCount
    guard headCount % keyValueHeadCount == 0 else {
      throw options.error(
        "attention.head_count_kv", "\(keyValueHeadCount) does not divide attention.head_count (\(headCount))")
    }
    let keyLength = try options.optionalSize("attention.key_length", in: 1...Limit.width)
    guard keyLength != nil || width % headCount == 0 else {
      throw options.error("attention.head_count", "\(headCount) does not divide embedding_length (\(width))")
    }
    let headDimension = keyLength ?? width / headCount
    if let length = try options.optionalSize("attention.value_length", in: 1...Limit.width), length != headDimension {
      throw options.error("attention.value_length", "\(length) differs from the length of keys (\(headDimension))")
    }
    guard headCount * headDimension <= Limit.width else {
      throw options.error(
        "attention.key_length", "all heads together are \(headCount * headDimension) wide, more than \(Limit.width)")
    }
    return ModelConfiguration(
      vocabularySize: try ggufVocabulary(&options, file), modelWidth: width,
      layerCount: try options.size("block_count", in: 1...Limit.layers), headCount: headCount,
      keyValueHeadCount: keyValueHeadCount, headDimension: headDimension,
      feedForwardWidth: try options.size("feed_forward_length", in: 1...Limit.feedForwardWidth),
      maximumSequenceLength: try options.size("context_length", in: 1...Limit.sequence))
  }

  /// The rows of the embedding table.
  private static func ggufVocabulary(_ options: inout GGUFOptions, _ file: GGUFFile) throws(InputError) -> Int {
    let stated = try options.optionalSize("vocab_size", in: 1...Limit.vocabulary)
    guard let table = file.entry("token_embd.weight"), table.shape.count == 2 else {
      throw InputError(
        path: [quoted("token_embd.weight")], problem: "the table of embeddings is missing",
        cure: "check that the file holds a whole model")
    }
    let rows = table.rowCount
    guard (1...Limit.vocabulary).contains(rows) else {
      throw InputError(path: [quoted(table.name)], problem: "has \(rows) rows, not 1 to \(Limit.vocabulary)")
    }
    if let stated, stated != rows {
      throw options.error("vocab_size", "\(stated) differs from the \(rows) rows of token_embd.weight")
    }
    return rows
  }

  private mutating func readGGUFAttention(_ options: inout GGUFOptions, _ file: GGUFFile) throws(InputError) {
    fusedQKV = file.entry("blk.0.attn_qkv.weight") != nil
    softmaxScale = try options.positive("attention.scale")
    clipQKV = try options.positiveOrZero("attention.clamp_kqv")
    attentionLogitSoftcap = try options.positive("attn_logit_softcapping")
    // The window counts the query's own position, as everywhere in this package; 0 is none.
    let window = try options.optionalSize("attention.sliding_window", in: 0...Int(Int32.max)) ?? 0
    slidingWindow = window == 0 ? nil : window
    if let norm = file.entry("blk.0.attn_q_norm.weight") {
      queryKeyNormalization = norm.rowCount == headDimension && headCount > 1 ? .perHead : .wholeRow
      queryKeyNormKind = normalization
      queryKeyNormEpsilon = normalizationEpsilon
    }
  }

  private mutating func readGGUFResidual(
    _ options: inout GGUFOptions, _ file: GGUFFile, _ architecture: GGUFArchitecture
  ) throws(InputError) {
    switch architecture.residual {
    case .sequential: break
    case .parallel:
      parallelResidual = true
      sharesNorm = file.entry("blk.0.attn_norm_2.weight") == nil
    case .stated: parallelResidual = try options.boolean("use_parallel_residual", default: true)
    }
  }

  /// Biases are there or not; no key says so.
  private mutating func readGGUFBiases(_ file: GGUFFile) {
    func has(_ names: String...) -> Bool { names.contains { file.entry("blk.0.\($0).bias") != nil } }
    biases = Biases(
      attentionInput: has("attn_qkv", "attn_q"), attentionOutput: has("attn_output"), feedForward: has("ffn_up"),
      normalization: has("attn_norm"), queryKeyNormalization: has("attn_q_norm"))
  }

  /// Whether the output projection is the embedding table: left out, or stored a second time.
  private static func isTied(_ file: GGUFFile) -> Bool {
    guard let output = file.entry("output.weight") else { return true }
    guard let table = file.entry("token_embd.weight"), table.type == output.type, table.shape == output.shape else {
      return false
    }
    // Tables that differ do so within the first page, so only a second copy is read to its end.
    return file.haveSameBytes(table, output)
  }

  /// Options that this engine does not run, unless they are off.
  private func refuseGGUFOptions(_ options: inout GGUFOptions) throws(InputError) {
    for key in ["expert_count", "expert_used_count"] {
      if let count = try options.optionalSize(key, in: 0...Limit.width), count > 0 {
        throw options.error(key, "mixtures of experts are not supported", cure: "use a dense model")
      }
    }
    if try !options.boolean("attention.causal", default: true) {
      throw options.error("attention.causal", "attention to later tokens is not supported", cure: "use a causal model")
    }
    // How a converter laid out its input.
    options.ignore("tensor_data_layout")
  }
}
