extension ModelConfiguration {
  /// How positions reach the model: what the architecture fixes, and its `rope` and ALiBi keys.
  mutating func readGGUFPosition(
    _ options: inout GGUFOptions, _ file: GGUFFile, _ architecture: GGUFArchitecture
  ) throws(InputError) {
    let hasTable = file.entry("position_embd.weight") != nil
    let biasMax = try options.positiveOrZero("attention.max_alibi_bias")
    if let biasMax, architecture.position != .alibiOrLearned {
      throw options.error("attention.max_alibi_bias", "\(biasMax) is not supported in this architecture")
    }
    switch architecture.position {
    case .learned: position = .learned
    case .alibiOrLearned:
      if let biasMax, hasTable {
        throw options.error(
          "attention.max_alibi_bias", "\(biasMax) beside a table of positions is not supported",
          cure: "convert the model again")
      }
      position = biasMax.map { .alibi(biasMax: $0) } ?? (hasTable ? .learned : .none)
    case .rotary: position = .rotary(try readGGUFRotary(&options, file, architecture))
    }
    if case .rotary = position { return }
    // Some converters write it for every architecture.
    options.ignore("rope.dimension_count", "rope.freq_base", "rope.scaling.type", "rope.scaling.finetuned")
  }

  private func readGGUFRotary(
    _ options: inout GGUFOptions, _ file: GGUFFile, _ architecture: GGUFArchitecture
  ) throws(InputError) -> RotaryEmbedding {
    let dimension = try options.optionalSize("rope.dimension_count", in: 2...Limit.width) ?? headDimension
    guard dimension % 2 == 0, dimension <= headDimension else {
      throw options.error(
        "rope.dimension_count", "\(dimension) must be even and at most the length of a head (\(headDimension))")
    }
    // Its pairs are neighbours of the stored rows, which are put back into the order of whole heads.
    guard dimension == headDimension || !architecture.hasInterleavedHeads else {
      throw options.error(
        "rope.dimension_count",
        "\(dimension) of a head's \(headDimension) elements: a part is not supported in this architecture")
    }
    var rotary = RotaryEmbedding(theta: Double(try options.positive("rope.freq_base") ?? 10_000), dimension: dimension)
    rotary.scaling = try readGGUFScaling(&options, rotary)
    rotary.frequencyDivisors = try Self.frequencyDivisors(file, count: dimension / 2)
    return rotary
  }

  private func readGGUFScaling(
    _ options: inout GGUFOptions, _ rotary: RotaryEmbedding
  ) throws(InputError) -> RotaryEmbedding.Scaling {
    // The name that the first files had for the factor.
    let older = try options.positiveOrZero("rope.scale_linear")
    let factor = Double(try options.positiveOrZero("rope.scaling.factor") ?? older ?? 1)
    let length = try options.optionalSize("rope.scaling.original_context_length", in: 0...Limit.sequence) ?? 0
    let attention = Double(try options.positive("rope.scaling.attn_factor") ?? 1)
    // What was done in training changes nothing here.
    options.ignore("rope.scaling.finetuned")
    let type = try options.string("rope.scaling.type", default: factor == 1 ? "none" : "linear")
    guard type == "yarn" || attention == 1 else {
      throw options.error("rope.scaling.attn_factor", "\(attention) belongs to yarn scaling alone")
    }
    switch type {
    case "none": return .none
    case "linear": return .linear(factor: factor)
    case "yarn":
      guard rotary.theta > 1 else { throw options.error("rope.freq_base", "yarn scaling needs a base above 1") }
      guard try options.number("rope.scaling.yarn_ext_factor", default: 1) == 1 else {
        throw options.error("rope.scaling.yarn_ext_factor", "is supported as 1 only", cure: "use another model")
      }
      let extra = Double(try options.positive("rope.scaling.yarn_attn_factor") ?? 1)
      return .yarn(
        factor: factor, originalLength: length == 0 ? maximumSequenceLength : length,
        betaFast: Double(try options.positive("rope.scaling.yarn_beta_fast") ?? 32),
        betaSlow: Double(try options.positive("rope.scaling.yarn_beta_slow") ?? 1),
        attentionFactor: attention * extra * RotaryEmbedding.yarnAttentionFactor(factor))
    default:
      throw options.error(
        "rope.scaling.type", "\(quoted(type)) is not supported", cure: "supported are none, linear and yarn")
    }
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
