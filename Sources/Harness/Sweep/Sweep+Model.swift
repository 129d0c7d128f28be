import Transformer

/// The one place where the options of a `model:` section become a configuration.
///
/// - Throws: `InputError` whose path is relative to the section.
func resolveModel(_ options: ConfigurationValue) throws(InputError) -> ModelConfiguration {
  func integer(_ key: String, _ fallback: Int) throws(InputError) -> Int {
    guard let value = options[key] else { return fallback }
    guard case .integer(let number) = value else {
      throw InputError(path: [key], problem: "must be an integer, is \(value.kind)")
    }
    guard (1...1 << 28).contains(number) else {
      throw InputError(path: [key], problem: "must be between 1 and \(1 << 28), is \(number)")
    }
    return number
  }
  let known = [
    "name", "d_model", "n_heads", "n_layers", "expansion_ratio", "vocab_size", "max_seq_len", "init_device", "init_std",
    "init_config", "attn_pdrop", "resid_pdrop", "emb_pdrop", "attn_config",
  ]
  let width = try integer("d_model", 2048)
  let heads = try integer("n_heads", 16)
  guard width % heads == 0 else {
    throw InputError(
      path: ["n_heads"], problem: "\(heads) does not divide d_model (\(width))",
      cure: "choose a number of heads that divides d_model")
  }
  var model = ModelConfiguration(
    vocabularySize: try integer("vocab_size", 50368), modelWidth: width, layerCount: try integer("n_layers", 24),
    headCount: heads, feedForwardWidth: try integer("expansion_ratio", 4) * width,
    maximumSequenceLength: try integer("max_seq_len", 2048))
  if case .object(let entries) = options["attn_config"] {
    for entry in entries {
      switch (entry.key, entry.value) {
      case ("attn_impl", .string), ("alibi", .bool(false)): break
      case ("alibi", .bool(true)): model.position = .alibi(biasMax: 8)
      default: throw InputError(path: ["attn_config", entry.key], problem: "is no known option")
      }
    }
  }
  if case .object(let entries) = options {
    for entry in entries where !known.contains(entry.key) {
      throw InputError(
        path: ["'\(entry.key)'"], problem: "is no known option",
        cure: Suggestion.closest(to: entry.key, among: known).map { "did you mean '\($0)'?" })
    }
  }
  return model
}
