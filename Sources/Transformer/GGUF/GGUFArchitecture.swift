/// What a GGUF architecture fixes that its files do not say: one row of a table.
struct GGUFArchitecture: Sendable {
  /// How positions reach the model.
  enum Position: Sendable {
    /// A table of positions.
    case learned
    /// ALiBi where the metadata ask for it, else a table of positions where the file has one.
    case alibiOrLearned
    /// Rotary embeddings.
    case rotary
  }

  /// Where the feed-forward block reads from.
  enum Residual: Sendable {
    /// From what attention has added to.
    case sequential
    /// From the block's input; a norm of its own where the file has one.
    case parallel
    /// Either, as a key says; with a norm of its own.
    case stated
  }

  /// As `general.architecture` spells it; also the prefix of the architecture's keys.
  let name: String
  let family: Family
  let normalization: Normalization
  let feedForward: FeedForward
  let activation: Activation
  let position: Position
  var residual = Residual.sequential
  /// Rows of each query and key head are stored pair by pair, 0, d/2, 1, d/2 + 1, …, for a rotation of neighbours.
  ///
  /// Putting them back into their order makes it the same rotation of halves that all other architectures use.
  var hasInterleavedHeads = false

  /// The architectures that are run, by name.
  static let all = [
    GGUFArchitecture(
      name: "mpt", family: .mpt, normalization: .layerNorm, feedForward: .mlp, activation: .gelu,
      position: .alibiOrLearned),
    GGUFArchitecture(
      name: "llama", family: .llama, normalization: .rmsNorm, feedForward: .glu, activation: .silu, position: .rotary,
      hasInterleavedHeads: true),
    GGUFArchitecture(
      name: "qwen2", family: .llama, normalization: .rmsNorm, feedForward: .glu, activation: .silu, position: .rotary),
    GGUFArchitecture(
      name: "qwen3", family: .llama, normalization: .rmsNorm, feedForward: .glu, activation: .silu, position: .rotary),
    GGUFArchitecture(
      name: "falcon", family: .falcon, normalization: .layerNorm, feedForward: .mlp, activation: .gelu,
      position: .rotary, residual: .parallel),
    GGUFArchitecture(
      name: "gptneox", family: .gptNeoX, normalization: .layerNorm, feedForward: .mlp, activation: .gelu,
      position: .rotary, residual: .stated),
    GGUFArchitecture(
      name: "gpt2", family: .gpt2, normalization: .layerNorm, feedForward: .mlp, activation: .geluTanh,
      position: .learned),
  ]

  /// The architecture that the metadata name.
  static func of(_ metadata: ConfigurationValue) throws(InputError) -> GGUFArchitecture {
    let key = "general.architecture"
    let names = all.map(\.name)
    switch metadata[key] {
    case .string(let name)?:
      if let architecture = all.first(where: { $0.name == name }) { return architecture }
      throw InputError(
        path: [key], problem: "\(quoted(name)) is not supported", cure: "supported are \(names.joined(separator: ", "))"
      )
    case nil:
      throw InputError(path: [key], problem: "is missing", cure: "check that the file holds a model")
    case let value?:
      throw InputError(
        path: [key], problem: "must be a string, is \(value.kind)",
        cure: "supported are \(names.joined(separator: ", "))")
    }
  }
}
