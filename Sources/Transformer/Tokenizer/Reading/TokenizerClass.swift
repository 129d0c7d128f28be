/// What a tokenizer class of transformers does to a tokenizer.json when its configuration says nothing.
struct TokenizerClass: Sendable {
  var name: String
  /// Special tokens by their key.
  var defaults: [String: String] = [:]
  /// Whether it puts the beginning of sequence in front, where it replaces the file's template by its own.
  var template: Bool?
  /// Whether a byte-level pre-tokenizer keeps the file's `add_prefix_space` unless the configuration has one.
  var keepsPrefixSpace = false

  private static let endOfText = Dictionary(
    uniqueKeysWithValues: ["bos_token", "eos_token", "unk_token"].map { ($0, "<|endoftext|>") })

  private static let infilling = [
    "prefix_token": "\u{2581}<PRE>", "middle_token": "\u{2581}<MID>", "suffix_token": "\u{2581}<SUF>",
    "eot_token": "\u{2581}<EOT>",
  ]

  private static func brackets(_ bos: String, _ eos: String, _ unk: String, pad: String? = nil) -> [String: String] {
    var tokens = ["bos_token": bos, "eos_token": eos, "unk_token": unk]
    tokens["pad_token"] = pad
    return tokens
  }

  private static let all: [TokenizerClass] = [
    TokenizerClass(name: "PreTrainedTokenizer"), TokenizerClass(name: "GPT2Tokenizer", defaults: endOfText),
    TokenizerClass(name: "CodeGenTokenizer", defaults: endOfText),
    TokenizerClass(name: "GPTNeoXTokenizer", defaults: endOfText, template: false),
    TokenizerClass(
      name: "Qwen2Tokenizer",
      defaults: ["eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>", "pad_token": "<|endoftext|>"]),
    TokenizerClass(
      name: "LlamaTokenizer", defaults: brackets("<s>", "</s>", "<unk>"), template: true, keepsPrefixSpace: true),
    TokenizerClass(
      name: "CodeLlamaTokenizer",
      defaults: brackets("<s>", "</s>", "<unk>").merging(infilling) { $1 }, template: true),
    TokenizerClass(name: "GemmaTokenizer", defaults: brackets("<bos>", "<eos>", "<unk>", pad: "<pad>"), template: true),
    TokenizerClass(
      name: "CohereTokenizer", defaults: brackets("<BOS_TOKEN>", "<|END_OF_TURN_TOKEN|>", "<UNK>"), template: true),
    TokenizerClass(name: "BloomTokenizer", defaults: brackets("<s>", "</s>", "<unk>", pad: "<pad>")),
  ]

  /// The class of each `model_type` of config.json, for a configuration that names none.
  private static let models = [
    "bloom": "Bloom", "code_llama": "CodeLlama", "codegen": "CodeGen", "cohere": "Cohere", "cohere2": "Cohere",
    "falcon": "PreTrained", "gemma": "Gemma", "gemma2": "Gemma", "gemma3": "Gemma", "gemma3_text": "Gemma",
    "gpt2": "GPT2", "gpt_bigcode": "GPT2", "gpt_neo": "GPT2", "gptj": "GPT2", "gpt_neox": "GPTNeoX", "llama": "Llama",
    "mistral": "Llama", "mixtral": "Llama", "mpt": "GPTNeoX", "qwen2": "Qwen2", "qwen2_moe": "Qwen2", "qwen3": "Qwen2",
    "qwen3_moe": "Qwen2",
  ]

  /// The class that a configuration names, or else the model's.
  ///
  /// - Throws: `InputError` for a class that is not known.
  init(_ configuration: ConfigurationValue?, model: ConfigurationValue?) throws(InputError) {
    let names = [configuration?["tokenizer_class"], model?["tokenizer_class"]].compactMap { $0?.text }
    var name = names.first ?? ""
    if names.isEmpty, model == nil { name = "PreTrainedTokenizer" }
    if names.isEmpty, let type = model?["model_type"]?.text {
      name = Self.models[type].map { $0 + "Tokenizer" } ?? type
    }
    if name.utf8.suffix(4).elementsEqual("Fast".utf8) { name.removeLast(4) }
    // What transformers 5 writes for it.
    if name == "TokenizersBackend" { name = "PreTrainedTokenizer" }
    guard let known = Self.all.first(where: { $0.name == name }) else {
      throw InputError(
        path: ["tokenizer_class"],
        problem: "what transformers' class for \(quoted(name)) does to the tokenizer is not known",
        cure:
          "let tokenizer_class of tokenizer_config.json be PreTrainedTokenizerFast, which leaves tokenizer.json as it "
          + "is, or one of \(Self.all.dropFirst().map(\.name).joined(separator: ", "))")
    }
    self = known
  }

  private init(
    name: String, defaults: [String: String] = [:], template: Bool? = nil, keepsPrefixSpace: Bool = false
  ) {
    self.name = name
    self.defaults = defaults
    self.template = template
    self.keepsPrefixSpace = keepsPrefixSpace
  }
}

extension ConfigurationValue {
  /// The text of a string.
  fileprivate var text: String? { if case .string(let text) = self { text } else { nil } }
}
