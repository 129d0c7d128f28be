extension ModelConfiguration {
  /// llm-foundry's positions: `learned_pos_emb` and the ALiBi and rotary options of `attn_config`.
  mutating func readFoundryPosition(
    _ options: inout OptionReader, _ attention: inout OptionReader
  ) throws(InputError) {
    let learned = try options.boolean("learned_pos_emb", default: true)
    let alibi = try attention.boolean("alibi", default: false)
    let rope = try attention.boolean("rope", default: false)
    let biasMax = Float(try attention.number("alibi_bias_max", default: 8, .positive))
    let rotary = try readRotary(&attention, used: rope)
    guard !(alibi && rope) else {
      throw attention.error("rope", "cannot be combined with alibi here", cure: "set one of rope and alibi to false")
    }
    // Either of them turns the learned table off, whatever learned_pos_emb says.
    if alibi {
      position = .alibi(biasMax: biasMax)
    } else if rope {
      position = .rotary(rotary)
    } else {
      position = learned ? .learned : .none
    }
  }

  /// The rotary options, which are checked in any case but must make sense together only when `used`.
  private func readRotary(_ options: inout OptionReader, used: Bool) throws(InputError) -> RotaryEmbedding {
    enum Implementation { case dail, hf }
    let theta = try options.number("rope_theta", default: 10_000, .positive)
    let implementation = try options.choice(
      "rope_impl", default: "dail", of: ["dail": Implementation.dail, "hf": .hf])

    var dail = try options.mapping("rope_dail_config")
    let type = try dail.choice("type", default: "original", of: ["original": "original", "xpos": "xpos"])
    // Positions are exact here whichever precision the original computes them in.
    try dail.ignore("pos_idx_in_fp32", as: [.boolean])
    try dail.ignore("xpos_scale_base", as: [.number, .null])
    try dail.refuseUnknown()

    var hf = try options.mapping("rope_hf_config")
    let scaling = try readScaling(&hf, used: used && implementation == .hf)
    try hf.refuseUnknown()

    // The flash-attention implementation rotates d_model / n_heads elements even where head_dim is larger.
    var rotary = RotaryEmbedding(
      theta: theta, dimension: implementation == .dail ? modelWidth / headCount : headDimension)
    guard used else { return rotary }
    if implementation == .hf { rotary.scaling = scaling }
    guard implementation == .hf || type == "original" else {
      throw dail.error("type", "xPos is not supported", cure: "set it to original")
    }
    guard rotary.dimension % 2 == 0, rotary.dimension <= headDimension else {
      throw options.error(
        "rope", "rotates \(rotary.dimension) elements of heads of \(headDimension): it needs an even number that fits",
        cure: "change d_model, n_heads or head_dim")
    }
    if case .dynamic = rotary.scaling, rotary.dimension == 2 {
      throw hf.error("type", "dynamic scaling needs heads of more than 2 elements")
    }
    return rotary
  }

  private func readScaling(
    _ options: inout OptionReader, used: Bool
  ) throws(InputError) -> RotaryEmbedding.Scaling {
    enum Kind { case none, linear, dynamic, llama3 }
    let kind = try options.choice(
      "type", default: "no_scaling",
      of: ["no_scaling": Kind.none, "linear": .linear, "dynamic": .dynamic, "llama3": .llama3])
    let factor = try options.number("factor", default: 1, .positive)
    let low = try options.optionalNumber("low_freq_factor", .positive)
    let high = try options.optionalNumber("high_freq_factor", .positive)
    let length = try options.optionalInteger("original_max_position_embeddings", in: 1...Limit.sequence)
    switch kind {
    case .none: return .none
    case .linear: return .linear(factor: factor)
    case .dynamic: return .dynamic(factor: factor, originalLength: maximumSequenceLength)
    case .llama3:
      guard used else { return .none }
      guard let low, let high, let length else {
        let key = low == nil ? "low_freq_factor" : high == nil ? "high_freq_factor" : "original_max_position_embeddings"
        throw options.error(key, "is missing: llama3 scaling needs it", cure: "Llama 3.1 has 1, 4 and 8192")
      }
      guard high > low else {
        throw options.error("high_freq_factor", "must be above low_freq_factor (\(low)), is \(high)")
      }
      return .llama3(factor: factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalLength: length)
    }
  }
}
