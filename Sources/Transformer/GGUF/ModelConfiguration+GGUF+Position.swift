extension ModelConfiguration {
  /// How positions reach the model: what the architecture fixes, and its `rope` and ALiBi keys.
  mutating func readGGUFPosition(
    _ options: inout GGUFOptions, _ file: GGUFFile, _ architecture: GGUFArchitecture
  ) throws(InputError) {
    let hasTable = file.entry("position_embd.weight") != nil
    let biasMax = try options.positiveOrZero("attention.max_alibi_bias")
    switch architecture.position {
    case .learned: position = .learned
    case .alibiOrLearned:
      if let biasMax, hasTable {
        throw options.error(
          "attention.max_alibi_bias", "\(biasMax) beside a table of positions is not supported",
          cure: "convert the model again")
      }
      position = biasMax.map { .alibi(biasMax: $0) } ?? (hasTable ? .learned : .none)
    case .rotary: position = .rotary(try readGGUFRotary(&options, file))
    }
    if case .rotary = position { return }
    // Some converters write it for every architecture.
    options.ignore("rope.dimension_count", "rope.freq_base", "rope.scaling.type", "rope.scaling.finetuned")
  }

  private func readGGUFRotary(
    _ options: inout GGUFOptions, _ file: GGUFFile
  ) throws(InputError) -> RotaryEmbedding {
    let dimension = try options.optionalSize("rope.dimension_count", in: 2...Limit.width) ?? headDimension
    guard dimension % 2 == 0, dimension <= headDimension else {
      throw options.error(
        "rope.dimension_count", "\(dimension) must be even and at most the length of a head (\(headDimension))")
    }
    var rotary = RotaryEmbedding(theta: Double(try options.positive("rope.freq_base") ?? 10_000), dimension: dimension)
    let factor = Double(try options.positiveOrZero("rope.scaling.factor") ?? 1)
    // The name that the first files had for the factor.
    let older = Double(try options.positiveOrZero("rope.scale_linear") ?? 1)
    let type = try options.string("rope.scaling.type", default: factor == 1 && older == 1 ? "none" : "linear")
    switch type {
    case "none": break
    case "linear": rotary.scaling = .linear(factor: factor == 1 ? older : factor)
    default:
      throw options.error(
        "rope.scaling.type", "\(quoted(type)) is not supported", cure: "supported are none and linear")
    }
    // What was done in training, and what the scaling was derived from: neither changes anything here.
    options.ignore("rope.scaling.finetuned", "rope.scaling.original_context_length")
    if let factor = try options.positive("rope.scaling.attn_factor"), factor != 1 {
      throw options.error("rope.scaling.attn_factor", "\(factor) is not supported", cure: "use another model")
    }
    rotary.frequencyDivisors = try Self.frequencyDivisors(file, count: dimension / 2)
    return rotary
  }

  /// What the frequencies of the rotation are divided by (Llama 3.1), or `nil`.
  private static func frequencyDivisors(_ file: GGUFFile, count: Int) throws(InputError) -> [Double]? {
    guard let entry = file.entry("rope_freqs.weight") else { return nil }
    let path = [quoted(entry.name)]
    guard entry.shape == [count], entry.type.dtype == .fp32 else {
      throw InputError(
        path: path, problem: "has shape \(abbreviated(entry.shape)) of \(entry.type.name), not [\(count)] of F32",
        cure: "convert the model again")
    }
    let bytes = file.bytes(of: entry)
    var divisors: [Double] = []
    for index in 0..<count {
      let divisor = Float(bitPattern: bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
      guard divisor.isFinite, divisor > 0 else {
        throw InputError(
          path: path, problem: "element \(index) is \(divisor), not above 0", cure: "convert the model again")
      }
      divisors.append(Double(divisor))
    }
    return divisors
  }
}
