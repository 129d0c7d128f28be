extension ModelConfiguration {
  /// `rope_theta` (or what the family calls it) and `rope_scaling`, or both in `rope_parameters`, as transformers 5
  /// writes them.
  ///
  /// - part: of a head's elements that is rotated; `nil` where the family knows whole heads only.
  mutating func readRotary(
    _ options: inout OptionReader, thetaKey: String = "rope_theta", part: Double? = nil, used: Bool = true
  ) throws(InputError) {
    var theta = try options.number(thetaKey, default: 10_000, .positive)
    var part = part
    var scaling = try options.mapping("rope_scaling")
    let parameters = try options.mapping("rope_parameters")
    let isNewer = !parameters.isEmpty
    if isNewer {
      guard scaling.isEmpty else {
        throw options.error("rope_parameters", "stands beside rope_scaling", cure: "keep the one that is meant")
      }
      scaling = parameters
      theta = try scaling.optionalNumber("rope_theta", .positive) ?? theta
      if let stated = try scaling.optionalNumber("partial_rotary_factor", .probability) {
        guard part != nil || stated == 1 else {
          throw scaling.error(
            "partial_rotary_factor", "\(stated) is not supported in this family", cure: "only whole heads are rotated")
        }
        part = stated
      }
    }
    let dimension = part.map { Int(Double(headDimension) * $0) } ?? headDimension
    var rotary = RotaryEmbedding(theta: theta, dimension: dimension)
    rotary.scaling = try readRopeScaling(&scaling, rotary, isNewer: isNewer)
    guard used else { return }
    guard dimension > 0 else {
      position = .none
      return
    }
    guard 2 * rotary.pairCount <= headDimension else {
      throw options.error(
        thetaKey, "rotary embeddings cannot rotate \(2 * rotary.pairCount) elements of heads of \(headDimension)",
        cure: "heads need an even number of elements")
    }
    position = .rotary(rotary)
  }

  private func readRopeScaling(
    _ scaling: inout OptionReader, _ rotary: RotaryEmbedding, isNewer: Bool
  ) throws(InputError) -> RotaryEmbedding.Scaling {
    // The older name and the newer one; many files carry both.
    let older = try scaling.optionalString("type")
    let newer = try scaling.optionalString("rope_type")
    guard older == nil || newer == nil || older == newer else {
      throw scaling.error(
        "rope_type", "\(quoted(newer!)) contradicts type, which is \(quoted(older!))", cure: "remove one of them")
    }
    let key = newer == nil && older != nil ? "type" : "rope_type"
    let result: RotaryEmbedding.Scaling
    switch newer ?? older {
    case nil:
      guard isNewer || scaling.isEmpty else {
        throw scaling.error("rope_type", "is missing", cure: "write default, linear, dynamic, yarn or llama3")
      }
      result = .none
    case "default": result = .none
    case "linear": result = .linear(factor: try Self.required(&scaling, "factor"))
    case "dynamic":
      guard rotary.dimension != 2 else {
        throw scaling.error(key, "dynamic scaling needs more than 2 rotated elements", cure: "write linear")
      }
      result = .dynamic(factor: try Self.required(&scaling, "factor"), originalLength: maximumSequenceLength)
      // The original uses max_position_embeddings whatever this says.
      try scaling.ignore("original_max_position_embeddings", as: [.number, .null])
    case "llama3": result = try Self.llama3(&scaling)
    case "yarn": result = try yarn(&scaling, rotary, isNewer: isNewer)
    case let name?:
      let known = ["default", "linear", "dynamic", "yarn", "llama3"]
      throw scaling.error(
        key, "\(quoted(name)) is not supported", cure: Suggestion.cure(for: name, among: known))
    }
    // Extrapolation experiments of the first versions; the original reads none of these.
    try scaling.ignore("finetuned", as: [.boolean, .null])
    try scaling.refuseUnknown()
    return result
  }

  private static func required(_ options: inout OptionReader, _ key: String) throws(InputError) -> Double {
    guard let value = try options.optionalNumber(key, .positive) else {
      throw options.error(key, "is missing: this scaling needs it", cure: "write a number above 0")
    }
    return value
  }

  private static func llama3(_ options: inout OptionReader) throws(InputError) -> RotaryEmbedding.Scaling {
    let low = try required(&options, "low_freq_factor")
    let high = try required(&options, "high_freq_factor")
    guard let length = try options.optionalInteger("original_max_position_embeddings", in: 1...Limit.sequence) else {
      throw options.error(
        "original_max_position_embeddings", "is missing: llama3 scaling needs it", cure: "Llama 3.1 has 8192")
    }
    guard high > low else {
      throw options.error(
        "high_freq_factor", "must be above low_freq_factor (\(low)), is \(high)", cure: "Llama 3.1 has 1 and 4")
    }
    return .llama3(
      factor: try required(&options, "factor"), lowFrequencyFactor: low, highFrequencyFactor: high,
      originalLength: length)
  }

  private func yarn(
    _ options: inout OptionReader, _ rotary: RotaryEmbedding, isNewer: Bool
  ) throws(InputError) -> RotaryEmbedding.Scaling {
    guard rotary.dimension % 2 == 0 else {
      throw options.error(
        "rope_type", "yarn needs an even number of rotated elements, not \(rotary.dimension)", cure: "write linear")
    }
    guard rotary.theta > 1 else {
      throw options.error("rope_type", "yarn needs a base above 1, which is \(rotary.theta)", cure: "write linear")
    }
    var factor = try Self.required(&options, "factor")
    let stated = try options.optionalInteger("original_max_position_embeddings", in: 1...Limit.sequence)
    // Until transformers 5 the original length, where it is given, decides the factor.
    if let stated, !isNewer { factor = Double(maximumSequenceLength) / Double(stated) }
    if isNewer, try options.optionalBoolean("truncate") == false {
      throw options.error("truncate", "bounds that are not whole are not supported", cure: "only true is run")
    }
    let attention = try options.optionalNumber("attention_factor", .positive)
    let mscale = try options.optionalNumber("mscale", .nonNegative) ?? 0
    let mscaleAll = try options.optionalNumber("mscale_all_dim", .nonNegative) ?? 0
    let recommended =
      mscale != 0 && mscaleAll != 0
      ? RotaryEmbedding.yarnAttentionFactor(factor, mscale: mscale)
        / RotaryEmbedding.yarnAttentionFactor(factor, mscale: mscaleAll)
      : RotaryEmbedding.yarnAttentionFactor(factor)
    // 0 counts as absent in the original.
    let fast = try options.optionalNumber("beta_fast", .nonNegative) ?? 0
    let slow = try options.optionalNumber("beta_slow", .nonNegative) ?? 0
    return .yarn(
      factor: factor, originalLength: stated ?? maximumSequenceLength, betaFast: fast == 0 ? 32 : fast,
      betaSlow: slow == 0 ? 1 : slow, attentionFactor: attention ?? recommended)
  }
}
