import Tensor

extension ModelConfiguration {
  /// The config.json of this model's checkpoint, for llm-foundry's `MPTForCausalLM` and, where the model uses nothing
  /// that its class lacks (ALiBi, no biases, fourfold feed-forward width), transformers' `MptForCausalLM`.
  ///
  /// Reading it back with `mpt(_:flavour:)` gives this configuration again.
  ///
  /// - Precondition: the model is one that MPT options can describe.
  /// - Parameter dtype: of the weights beside it.
  public func mptConfigurationJSON(dtype: DType) -> ConfigurationValue {
    precondition(family == .mpt && !parallelResidual, "only MPT models have an MPT configuration")
    precondition(
      biases.attentionOutput == biases.feedForward
        && biases.normalization == (biases.feedForward && normalization == .layerNorm),
      "MPT has one switch for all biases but those of queries, keys and values")
    var options: [ConfigurationValue.Entry] = [
      .init(key: "architectures", value: .array([.string("MPTForCausalLM")])),
      .init(key: "model_type", value: .string("mpt")),
      .init(key: "torch_dtype", value: .string(Self.torchName(dtype))),
      .init(key: "d_model", value: .integer(modelWidth)),
      .init(key: "n_heads", value: .integer(headCount)),
      .init(key: "n_layers", value: .integer(layerCount)),
      .init(key: "expansion_ratio", value: expansionRatio),
      .init(key: "max_seq_len", value: .integer(maximumSequenceLength)),
      .init(key: "vocab_size", value: .integer(vocabularySize)),
      .init(key: "learned_pos_emb", value: .bool(position == .learned)),
      .init(key: "attn_config", value: attentionOptions),
      .init(key: "ffn_config", value: feedForwardOptions),
      .init(key: "no_bias", value: .bool(!biases.feedForward)),
      .init(key: "attention_bias", value: .bool(biases.attentionInput)),
      .init(key: "norm_type", value: .string(normalization == .layerNorm ? "layernorm" : "rmsnorm")),
      .init(key: "norm_eps", value: .shortest(normalizationEpsilon)),
      .init(key: "logit_scale", value: logitScale == 1 ? .null : .shortest(logitScale)),
      .init(key: "final_logit_softcapping", value: .shortest(finalLogitSoftcap)),
      .init(key: "tie_word_embeddings", value: .bool(tiedEmbeddings)),
      .init(key: "use_cache", value: .bool(true)),
      .init(key: "init_device", value: .string("cpu")),
      .init(
        key: "init_config",
        value: .object([
          .init(key: "name", value: .string("baseline_")), .init(key: "init_std", value: .number(0.02)),
        ])),
    ]
    if normalizationEpsilon != 1e-5 {
      // transformers' name for norm_eps.
      options.append(.init(key: "layer_norm_epsilon", value: .shortest(normalizationEpsilon)))
    }
    if fusedNormAttentionNorm { options.append(.init(key: "fuse_norm_attn_norm", value: .bool(true))) }
    if headDimension != modelWidth / headCount {
      options.append(.init(key: "head_dim", value: .integer(headDimension)))
    }
    return .object(options)
  }

  private var expansionRatio: ConfigurationValue {
    feedForwardWidth % modelWidth == 0
      ? .integer(feedForwardWidth / modelWidth) : .number(Double(feedForwardWidth) / Double(modelWidth))
  }

  private var attentionOptions: ConfigurationValue {
    let type =
      keyValueHeadCount == headCount
      ? "multihead_attention" : keyValueHeadCount == 1 ? "multiquery_attention" : "grouped_query_attention"
    var options: [ConfigurationValue.Entry] = [
      .init(key: "attn_type", value: .string(type)),
      // The implementation that runs on any machine.
      .init(key: "attn_impl", value: .string("torch")),
      .init(key: "qk_ln", value: .bool(queryKeyNormalization == .wholeRow)),
      .init(key: "qk_gn", value: .bool(queryKeyNormalization == .perHead)),
      .init(key: "fused_qkv", value: .bool(fusedQKV)),
      .init(key: "clip_qkv", value: .shortest(clipQKV)),
      .init(key: "softmax_scale", value: .shortest(softmaxScale)),
      .init(key: "attn_logit_softcapping", value: .shortest(attentionLogitSoftcap)),
      .init(key: "sliding_window_size", value: .integer(slidingWindow.map { $0 - 1 } ?? -1)),
    ]
    if type == "grouped_query_attention" {
      options.append(.init(key: "kv_n_heads", value: .integer(keyValueHeadCount)))
    }
    if queryKeyNormalization != .none {
      // Only where it differs from the default: the original's attention classes take both, older ones neither.
      if queryKeyNormKind == .rmsNorm { options.append(.init(key: "norm_type", value: .string("rmsnorm"))) }
      if queryKeyNormEpsilon != 1e-5 { options.append(.init(key: "norm_eps", value: .shortest(queryKeyNormEpsilon))) }
    }
    if case .alibi(let biasMax) = position {
      options.append(.init(key: "alibi", value: .bool(true)))
      options.append(.init(key: "alibi_bias_max", value: .shortest(biasMax)))
    } else {
      options.append(.init(key: "alibi", value: .bool(false)))
    }
    if case .rotary(let rotary) = position { options += rotaryOptions(rotary) }
    return .object(options)
  }

  private func rotaryOptions(_ rotary: RotaryEmbedding) -> [ConfigurationValue.Entry] {
    // hf rotates whole heads on any machine; only the dail implementation, which needs a GPU, rotates a part.
    let implementation = rotary.dimension == headDimension ? "hf" : "dail"
    var scaling: [ConfigurationValue.Entry]
    func entry(_ key: String, _ value: Double) -> ConfigurationValue.Entry { .init(key: key, value: .number(value)) }
    switch rotary.scaling {
    case .none: scaling = [.init(key: "type", value: .string("no_scaling")), entry("factor", 1)]
    case .linear(let factor): scaling = [.init(key: "type", value: .string("linear")), entry("factor", factor)]
    case .dynamic(let factor, _): scaling = [.init(key: "type", value: .string("dynamic")), entry("factor", factor)]
    case .llama3(let factor, let low, let high, let length):
      scaling = [
        .init(key: "type", value: .string("llama3")), entry("factor", factor), entry("low_freq_factor", low),
        entry("high_freq_factor", high), .init(key: "original_max_position_embeddings", value: .integer(length)),
      ]
    case .yarn: preconditionFailure("MPT has no YaRN scaling")
    }
    return [
      .init(key: "rope", value: .bool(true)), .init(key: "rope_theta", value: .number(rotary.theta)),
      .init(key: "rope_impl", value: .string(implementation)), .init(key: "rope_hf_config", value: .object(scaling)),
    ]
  }

  private var feedForwardOptions: ConfigurationValue {
    var options: [ConfigurationValue.Entry] = [
      .init(key: "ffn_type", value: .string(feedForward == .mlp ? "mptmlp" : "mptglu"))
    ]
    if feedForwardWidth % modelWidth != 0 {
      options.append(.init(key: "ffn_hidden_size", value: .integer(feedForwardWidth)))
    }
    let function: [(String, String)] =
      switch activation {
      case .gelu: []
      case .geluTanh: [("name", "gelu"), ("approximate", "tanh")]
      case .geluQuick: [("name", "quick_gelu")]
      case .silu: [("name", "silu")]
      case .relu: [("name", "relu")]
      }
    if !function.isEmpty {
      let entries = function.map { ConfigurationValue.Entry(key: $0.0, value: .string($0.1)) }
      options.append(.init(key: "ffn_act_fn", value: .object(entries)))
    }
    return .object(options)
  }

  private static func torchName(_ dtype: DType) -> String {
    switch dtype {
    case .fp32: "float32"
    case .bf16: "bfloat16"
    case .fp16: "float16"
    }
  }
}

extension ConfigurationValue {
  /// The shortest decimal that reads back to `value`, whole numbers as integers; null for none.
  fileprivate static func shortest(_ value: Float?) -> ConfigurationValue {
    guard let value else { return .null }
    if let integer = Int(exactly: value) { return .integer(integer) }
    return .number(Double("\(value)")!)
  }
}
