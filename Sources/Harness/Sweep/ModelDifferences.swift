import Transformer

/// Where two models' options differ.
struct ModelDifferences {
  /// "d_model (64, not 128)": what the first model has, and not the second, by option.
  private(set) var texts: [String] = []

  /// Compares what decides the shapes and the arithmetic; how tensors are stored may differ.
  init(_ first: ModelConfiguration, _ second: ModelConfiguration) {
    guard first.family == .mpt, second.family == .mpt else {
      if first.family != second.family {
        texts = ["model_type (\(first.family.rawValue), not \(second.family.rawValue))"]
      }
      return
    }
    var stored = first
    stored.fusedQKV = second.fusedQKV
    stored.fusedNormAttentionNorm = second.fusedNormAttentionNorm
    collect(stored.mptConfigurationJSON(dtype: .fp32), second.mptConfigurationJSON(dtype: .fp32), at: "")
  }

  private mutating func collect(_ first: ConfigurationValue?, _ second: ConfigurationValue?, at path: String) {
    guard first != second else { return }
    guard case .object(let entries)? = first, case .object(let others)? = second else {
      texts.append("\(path) (\(Self.text(first)), not \(Self.text(second)))")
      return
    }
    let more = others.map(\.key).filter { key in !entries.contains { $0.key == key } }
    // norm_eps under transformers' name.
    for key in entries.map(\.key) + more where key != "layer_norm_epsilon" {
      collect(first?[key], second?[key], at: path.isEmpty ? key : "\(path).\(key)")
    }
  }

  private static func text(_ value: ConfigurationValue?) -> String { value.map { JSONWriter().text($0) } ?? "absent" }
}
