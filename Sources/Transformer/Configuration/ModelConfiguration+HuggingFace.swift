extension ModelConfiguration {
  /// The model that a checkpoint's config.json describes, by its `model_type`.
  ///
  /// Every option of the original is either run, or accepted because it changes nothing in inference, or refused by
  /// name. Absent options take the default of the original's configuration class.
  public static func huggingFace(_ object: ConfigurationValue) throws(InputError) -> ModelConfiguration {
    let known = ["mpt", "llama", "mistral", "qwen2", "qwen3", "falcon", "gpt_neox", "gpt2"]
    let cure = "supported are \(known.joined(separator: ", "))"
    switch object["model_type"] {
    case .string("mpt"): return try .mpt(object, flavour: MPTFlavour(detecting: object))
    case .string("llama"): return try .llama(object, .llama)
    case .string("mistral"): return try .llama(object, .mistral)
    case .string("qwen2"): return try .llama(object, .qwen2)
    case .string("qwen3"): return try .llama(object, .qwen3)
    case .string("falcon"): return try .falcon(object)
    case .string("gpt_neox"): return try .gptNeoX(object)
    case .string("gpt2"): return try .gpt2(object)
    case .string(let name):
      throw InputError(
        path: ["model_type"], problem: "\(quoted(name)) is not supported",
        cure: Suggestion.closest(to: name, among: known).map { "did you mean '\($0)'? \(cure)" } ?? cure)
    case nil: throw InputError(path: ["model_type"], problem: "is missing", cure: cure)
    case let value?: throw InputError(path: ["model_type"], problem: "must be a string, is \(value.kind)", cure: cure)
    }
  }

  /// The names under which a family's configuration class knows its sizes.
  struct SizeKeys {
    var vocabulary = "vocab_size"
    var width = "hidden_size"
    var layers = "num_hidden_layers"
    var heads = "num_attention_heads"
    var sequence = "max_position_embeddings"
  }

  /// The class's own sizes, for files that leave them out.
  struct DefaultSizes {
    var vocabulary: Int
    var width: Int
    var layers: Int
    var heads: Int
    var sequence: Int
  }

  /// The sizes that all classes have. Head dimension and feed-forward width are what most make of them: width / heads
  /// and 4 · width.
  static func sizes(
    _ options: inout OptionReader, _ keys: SizeKeys, default sizes: DefaultSizes, headDimension: Int? = nil
  ) throws(InputError) -> ModelConfiguration {
    let width = try options.integer(keys.width, default: sizes.width, in: 1...Limit.width)
    let heads = try options.integer(keys.heads, default: sizes.heads, in: 1...Limit.width)
    guard headDimension != nil || width % heads == 0 else {
      throw options.error(
        keys.heads, "\(heads) does not divide \(keys.width) (\(width))", cure: "choose a divisor of \(keys.width)")
    }
    if let headDimension, heads * headDimension > Limit.width {
      throw options.error(
        "head_dim", "\(keys.heads) × head_dim is \(heads * headDimension), more than \(Limit.width)",
        cure: "write what the model has, usually \(keys.width) / \(keys.heads)")
    }
    var configuration = ModelConfiguration(
      vocabularySize: try options.integer(keys.vocabulary, default: sizes.vocabulary, in: 1...Limit.vocabulary),
      modelWidth: width,
      layerCount: try options.integer(keys.layers, default: sizes.layers, in: 1...Limit.layers),
      headCount: heads,
      headDimension: headDimension,
      feedForwardWidth: 4 * width,
      maximumSequenceLength: try options.integer(keys.sequence, default: sizes.sequence, in: 1...Limit.sequence))
    configuration.queryKeyNormKind = .rmsNorm
    return configuration
  }

  /// The number of key and value heads under `key`, which must divide that of the query heads.
  mutating func readKeyValueHeads(
    _ options: inout OptionReader, _ key: String, default fallback: Int?
  ) throws(InputError) {
    let count: Int
    switch options.take(key) {
    case nil: count = fallback ?? headCount
    case .null: count = headCount
    default: count = try options.optionalInteger(key, in: 1...Limit.width) ?? headCount
    }
    guard headCount % count == 0 else {
      throw options.error(
        key, "\(count) does not divide the number of heads (\(headCount))", cure: "choose a divisor of \(headCount)")
    }
    keyValueHeadCount = count
  }

  /// An activation by the name that transformers knows it by.
  static func activation(
    _ options: inout OptionReader, _ key: String, default fallback: String
  ) throws(InputError) -> Activation {
    // gelu_10 clips, the others are other functions.
    let others = [
      "gelu_10", "laplace", "leaky_relu", "linear", "mish", "relu2", "relu6", "sigmoid", "tanh", "prelu",
    ]
    let name = try options.string(key, default: fallback)
    let choices: KeyValuePairs<String, Activation> = [
      "gelu": .gelu, "gelu_python": .gelu, "gelu_new": .geluTanh, "gelu_fast": .geluTanh,
      "gelu_pytorch_tanh": .geluTanh, "gelu_accurate": .geluTanh, "quick_gelu": .geluQuick, "silu": .silu,
      "swish": .silu, "relu": .relu,
    ]
    if others.contains(name) {
      throw options.error(
        key, "\(name) is not supported", cure: "supported are \(choices.map(\.key).joined(separator: ", "))")
    }
    return try options.choice(key, default: fallback, of: choices)
  }
}
