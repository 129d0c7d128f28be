import Transformer

/// A sweep file as it was typed: every value has its type and bounds, none has its meaning yet.
struct SweepValues {
  var benchmarkName: Located<String>?
  var maximumSequenceLength: YAMLNode.Pair?
  var tokenizerName: Located<String>?
  var model: ModelValues?
  var checkpoint: Located<String>?
  var device: Located<String>?
  var modelDType: Located<String>?
  var autocastDType: Located<String>?
  var useDeepSpeed: Located<Bool>?
  var batchSizes: [Located<Int>]?
  var inputLengths: [Located<Int>]?
  var outputLengths: [Located<Int>]?
  var useCache: Located<Bool>?
  var batchCount: Located<Int>?
  var warmupBatchCount: Located<Int>?
  var prompts: Located<String>?
  var seed: Located<Int>?
  var threads: Located<Int>?
  var prefillThreads: Located<Int>?
  var decodeThreads: Located<Int>?
  var kvCacheDType: Located<String>?
  var kvCacheCapacity: Located<Int>?
  var hugePages: Located<Bool>?
  var engines: [Located<String>]?
  var engineTimeout: Located<Int>?
  var engineRounds: Located<Int>?
  var untilInterval: Located<Double>?
  var maximumSeconds: Located<Double>?
  var order: Located<String>?
  /// The checked value of `max_seq_len` at the top level.
  var sequenceLength: Located<Int>?

  /// Entries of one of the grid's lists.
  static let maximumListCount = 1000
  /// Each batch is a sample that is kept.
  static let maximumBatchCount = 1_000_000
  static let maximumThreads = 1024

  /// Reads the keys of the file; what is missing, unknown or wrong goes to `log`.
  init(reading root: YAMLNode, log: DiagnosticLog) {
    let section = Section(root.pairs ?? [], path: "", range: root.range, log: log)
    let size = 1...Section.largestInteger
    benchmarkName = section.text("benchmark_name", .required, example: "my-sweep")
    maximumSequenceLength = root.pairs?.first { $0.key == "max_seq_len" }
    sequenceLength = section.integer("max_seq_len", .required, in: size, example: "2048")
    tokenizerName = section.text("tokenizer_name", example: "EleutherAI/gpt-neox-20b")
    if let tokenizer = section.section("tokenizer", example: "{name: EleutherAI/gpt-neox-20b}") {
      tokenizerName = Self.readTokenizer(tokenizer) ?? tokenizerName
    }
    checkpoint = section.text("checkpoint", example: "checkpoints/mpt-1b")
    let example = "{name: mpt_causal_lm, d_model: 2048, n_heads: 16, n_layers: 24}"
    // A checkpoint says itself what model it is.
    if let model = section.section("model", checkpoint == nil ? .required : .optional, example: example) {
      self.model = ModelValues(reading: model, node: section.node("model"))
    }
    device = section.text("device", example: "cpu")
    modelDType = section.text("model_dtype", .required, example: "bf16")
    autocastDType = section.text("autocast_dtype", example: "bf16")
    useDeepSpeed = section.boolean("use_deepspeed", example: "false")
    let count = Self.maximumListCount
    batchSizes = section.integers("batch_sizes", .required, in: size, maximumCount: count, example: "[1, 2, 4]")
    inputLengths = section.integers("input_lengths", .required, in: size, maximumCount: count, example: "[128]")
    outputLengths = section.integers("output_lengths", .required, in: size, maximumCount: count, example: "[8]")
    useCache = section.boolean("use_cache", example: "true")
    batchCount = section.integer("num_batches", in: 1...Self.maximumBatchCount, example: "5")
    warmupBatchCount = section.integer("num_warmup_batches", in: 0...Self.maximumBatchCount, example: "3")
    readOwnKeys(section)

    // Training files carry these: the first changes nothing here, the second is a place for interpolations to name.
    _ = section.number("dist_timeout", in: 0...1e9, example: "600")
    _ = section.section("variables", example: "{}")
    section.finish(hint: Self.hint)
  }

  /// Keys that the original does not have.
  private mutating func readOwnKeys(_ section: Section) {
    order = section.text("order", example: "interleaved")
    if let rule = section.section("repeat", example: "{until_ci: 0.02, max_seconds: 120}") {
      untilInterval = rule.number("until_ci", .required, in: 1e-6...1, example: "0.02")
      maximumSeconds = rule.number("max_seconds", .required, in: 0...1e6, example: "120")
      rule.finish()
    }
    prompts = section.text("prompts", example: "prompts.txt")
    seed = section.integer("seed", in: 0...Int.max, example: "17")
    threads = section.integer("threads", in: 1...Self.maximumThreads, example: "2")
    prefillThreads = section.integer("prefill_threads", in: 1...Self.maximumThreads, example: "2")
    decodeThreads = section.integer("decode_threads", in: 1...Self.maximumThreads, example: "2")
    hugePages = section.boolean("huge_pages", example: "true")
    engines = section.texts("engine", maximumCount: EngineName.allCases.count, example: "[native, hf]")
    engineTimeout = section.integer("engine_timeout_s", in: 1...1_000_000, example: "600")
    engineRounds = section.integer("engine_rounds", in: 1...Self.maximumBatchCount, example: "2")
    if let cache = section.section("kv_cache", example: "{dtype: bf16}") {
      kvCacheDType = cache.text("dtype", example: "bf16")
      kvCacheCapacity = cache.integer("capacity", in: 1...Section.largestInteger, example: "2048")
      cache.finish()
    }
  }

  private static func readTokenizer(_ tokenizer: Section) -> Located<String>? {
    let name = tokenizer.text("name", .required, example: "EleutherAI/gpt-neox-20b")
    if let options = tokenizer.section("kwargs", example: "{}") {
      // transformers itself writes 1e30 for "no limit".
      _ = options.number("model_max_length", in: 1...1e30, example: "2048")
      for key in ["padding_side", "truncation_side", "revision"] { _ = options.text(key, example: "left") }
      for key in ["trust_remote_code", "use_fast", "add_bos_token", "add_eos_token"] {
        _ = options.boolean(key, example: "true")
      }
      options.finish()
    }
    tokenizer.finish()
    return name
  }

  /// For keys that belong into a section.
  private static func hint(for key: String) -> String? {
    switch key {
    case "d_model", "n_heads", "n_layers", "expansion_ratio", "vocab_size", "init_std", "attn_config", "ffn_config":
      "move it into model: as model.\(key)"
    case "attn_impl", "alibi", "rope", "qk_ln", "clip_qkv", "kv_n_heads": "move it into model.attn_config"
    case "pretrained_model_name_or_path": "move it into model:, or write 'checkpoint' here"
    default: nil
    }
  }
}

/// The `model:` section as it was typed.
struct ModelValues {
  var name: Located<String>?
  /// All of the section, for the model's own options.
  var pairs: [YAMLNode.Pair]
  /// Where to report what has no place of its own.
  var range: SourceRange
  var maximumSequenceLength: Located<Int>?
  var standardDeviation: Located<Double>?
  var pretrainedFolder: Located<String>?

  init(reading section: Section, node: YAMLNode?) {
    pairs = node?.pairs ?? []
    range = section.range
    name = section.text("name", .required, example: "mpt_causal_lm")
    maximumSequenceLength = section.integer("max_seq_len", in: 1...Section.largestInteger, example: "2048")
    if name?.value == "hf_causal_lm" {
      readPretrained(section)
    } else {
      standardDeviation = section.number("init_std", in: 0...1000, example: "0.02")
      if let options = section.section("init_config", example: "{init_std: 0.02}") {
        standardDeviation = standardDeviation ?? options.number("init_std", in: 0...1000, example: "0.02")
      }
      // The model's own options are read by the model; here only what is missing is reported.
      section.finish(others: pairs.map(\.key))
    }
  }

  /// A checkpoint in Hugging Face's layout, with the options that llm-foundry gives to transformers.
  private mutating func readPretrained(_ section: Section) {
    pretrainedFolder = section.text("pretrained_model_name_or_path", example: "checkpoints/mpt-1b")
    for (key, isRun) in [("pretrained", true), ("load_in_8bit", false)] {
      guard let value = section.boolean(key, example: "\(isRun)"), value.value != isRun else { continue }
      section.report(
        "\(section.name(key)) must be \(isRun): "
          + (isRun ? "weights are read from the checkpoint" : "weights are fp32, bf16 or fp16"),
        cure: "write \(section.assignment(key, "\(isRun)", at: value.range)), or remove it", at: value)
    }
    for key in ["init_device", "attn_implementation"] { _ = section.text(key, example: "cpu") }
    for key in ["use_auth_token", "trust_remote_code", "use_flash_attention_2"] {
      _ = section.boolean(key, example: "false")
    }
    _ = section.integer("vocab_size", in: 2...Section.largestInteger, example: "50368")
    section.finish { key in
      ["d_model", "n_heads", "n_layers", "expansion_ratio", "attn_config", "ffn_config", "init_std"].contains(key)
        ? "remove it: an hf_causal_lm is what its checkpoint says" : nil
    }
  }
}
