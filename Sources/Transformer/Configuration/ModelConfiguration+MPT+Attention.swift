extension ModelConfiguration {
  /// llm-foundry's `attn_config`, all but the positions.
  mutating func readFoundryAttention(_ options: inout OptionReader) throws(InputError) {
    try readKeyValueHeads(&options)
    fusedQKV = try options.boolean("fused_qkv", default: true)
    guard !fusedQKV || queryWidth == modelWidth else {
      throw InputError(
        path: ["head_dim"], problem: "n_heads × head_dim (\(queryWidth)) differs from d_model (\(modelWidth))",
        cure: "set attn_config.fused_qkv to false, as the original needs too")
    }
    // The original divides by √(d_model / n_heads) even where head_dim says otherwise.
    softmaxScale = try options.optionalNumber("softmax_scale").map { Float($0) }
    if softmaxScale == nil, headDimension != modelWidth / headCount {
      softmaxScale = 1 / (Float(modelWidth) / Float(headCount)).squareRoot()
    }
    // The original tests for truth: 0 clips nothing.
    clipQKV = try options.optionalNumber("clip_qkv", .nonNegative).flatMap { $0 == 0 ? nil : Float($0) }
    attentionLogitSoftcap = try options.optionalNumber("attn_logit_softcapping", .positive).map { Float($0) }
    // A query sees itself and this many positions before it, so one key more than the option says.
    let before = try options.integer("sliding_window_size", default: -1, in: -1...Int(Int32.max))
    slidingWindow = before == -1 ? nil : before + 1
    try readQueryKeyNormalization(&options)
    try refuseFoundryAttention(&options)

    // All mean the same arithmetic; triton is the name that older checkpoints carry.
    _ = try options.choice("attn_impl", default: "flash", of: ["flash": (), "torch": (), "triton": ()])
    // Sequence ids keep packed training samples apart; in generation a row is one sequence.
    try options.ignore("attn_uses_sequence_id", as: [.boolean])
    // Dropout is off in inference.
    _ = try options.number("attn_pdrop", default: 0, .probability)
  }

  private mutating func readKeyValueHeads(_ options: inout OptionReader) throws(InputError) {
    let type = try options.choice(
      "attn_type", default: "multihead_attention",
      of: [
        "multihead_attention": headCount, "multiquery_attention": 1, "grouped_query_attention": nil,
      ] as KeyValuePairs<String, Int?>)
    let stated = try options.optionalInteger("kv_n_heads", in: 1...Limit.width)
    guard let count = stated ?? type else {
      throw options.error(
        "kv_n_heads", "grouped_query_attention needs the number of key and value heads",
        cure: "set attn_config.kv_n_heads to a divisor of n_heads (\(headCount))")
    }
    if let type, count != type {
      throw options.error(
        "kv_n_heads", "\(count) contradicts attn_type, which has \(type)",
        cure: "set attn_type to grouped_query_attention or remove kv_n_heads")
    }
    guard headCount % count == 0 else {
      throw options.error(
        "kv_n_heads", "\(count) does not divide n_heads (\(headCount))", cure: "choose a divisor of n_heads")
    }
    keyValueHeadCount = count
  }

  private mutating func readQueryKeyNormalization(_ options: inout OptionReader) throws(InputError) {
    let wholeRow = try options.boolean("qk_ln", default: false)
    let perHead = try options.boolean("qk_gn", default: false)
    guard !(wholeRow && perHead) else {
      throw options.error("qk_gn", "excludes qk_ln", cure: "set one of them to false")
    }
    queryKeyNormalization = wholeRow ? .wholeRow : perHead ? .perHead : .none
    // The original does not hand the model's norm_type and norm_eps down to these norms; only attn_config's own count.
    queryKeyNormKind = try Self.foundryNorm(&options)
    queryKeyNormEpsilon = Float(try options.number("norm_eps", default: 1e-5, .nonNegative))
    if queryKeyNormKind == .rmsNorm || queryKeyNormalization == .none { biases.queryKeyNormalization = false }
  }

  /// Options of the original that this engine does not run, unless they are off.
  private func refuseFoundryAttention(_ options: inout OptionReader) throws(InputError) {
    if let width = try options.optionalInteger("kv_dim", in: 1...Limit.width) {
      guard width == modelWidth, !fusedQKV else {
        throw options.error("kv_dim", "cross-attention is not supported", cure: "remove kv_dim")
      }
    }
    if try options.optionalBoolean("nope") == true {
      throw options.error("nope", "layers without positions are not supported", cure: "set it to false")
    }
    // Part of the first releases' files.
    if try options.optionalBoolean("prefix_lm") == true {
      throw options.error("prefix_lm", "bidirectional prefixes are not supported", cure: "set it to false")
    }
    for key in ["reuse_kv_layer_idx", "reuse_kv_x_layer_idx"] {
      if let value = options.take(key), value != .null {
        throw options.error(key, "layers that share keys and values are not supported", cure: "remove it")
      }
    }
    if let size = try options.optionalInteger("seq_parallel_world_size", in: 1...Limit.width), size > 1 {
      throw options.error("seq_parallel_world_size", "sequence parallelism is not supported", cure: "set it to 1")
    }
    var tuning = try options.mapping("attn_temperature_tuning")
    // The scale multiplies everything that the floor decides.
    guard try tuning.number("attn_scale", default: 0) == 0 else {
      throw tuning.error("attn_scale", "attention temperature tuning is not supported", cure: "set it to 0")
    }
    _ = try tuning.number("floor_scale", default: 8192, .positive)
    try tuning.refuseUnknown()
  }
}
