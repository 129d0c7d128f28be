import Transformer

/// Which models and sweeps the engines can express. A model that an engine would silently compute as another one is
/// refused here, before anything is started.
enum EngineSupport {
  /// Why `engine` cannot run `sweep`, or `nil` when it can.
  static func refusal(_ engine: EngineName, _ sweep: Sweep, _ model: ModelConfiguration) -> String? {
    guard engine != .native else { return nil }
    if sweep.arithmeticDType != sweep.modelDType {
      return "computes in model_dtype alone; set autocast_dtype to null"
    }
    if sweep.kvCacheDType != sweep.modelDType { return "keeps its KV cache in model_dtype; remove kv_cache.dtype" }
    if sweep.kvCacheCapacity != nil { return "chooses the size of its KV cache itself; remove kv_cache.capacity" }
    if engine == .ctranslate2 && !sweep.useCache { return "cannot generate without a KV cache; set use_cache to true" }
    switch (model.family, engine) {
    case (.mpt, _): return sentence("MPT", missing(engine, model))
    case (.llama, .ctranslate2): return sentence("Llama", ctranslate2LlamaLacks(model))
    case (_, .ctranslate2): return "is set up for MPT and Llama models alone"
    default: return nil
    }
  }

  private static func sentence(_ family: String, _ lacks: [String]) -> String? {
    lacks.isEmpty ? nil : "its \(family) has no \(lacks.joined(separator: ", no "))"
  }

  /// Of what shares Llama's names: the driver converts no more than this.
  private static func ctranslate2LlamaLacks(_ model: ModelConfiguration) -> [String] {
    var lacks: [String] = []
    if model.position != .rotary(RotaryEmbedding(theta: theta(model), dimension: model.headDimension)) {
      lacks.append("rotary positions but plain ones over whole heads")
    }
    if model.queryKeyNormalization != .none { lacks.append("normalisation of queries and keys") }
    if model.activation != .silu { lacks.append("activation but silu") }
    if model.biases.attentionOutput || model.biases.feedForward {
      lacks.append("biases but the queries', keys' and values'")
    }
    if model.slidingWindow != nil { lacks.append("sliding window") }
    return lacks
  }

  private static func theta(_ model: ModelConfiguration) -> Double {
    if case .rotary(let rotary) = model.position { rotary.theta } else { 0 }
  }

  /// What of an MPT model the engine's own MPT lacks.
  private static func missing(_ engine: EngineName, _ model: ModelConfiguration) -> [String] {
    switch engine {
    case .native, .foundry: []
    case .huggingFace, .deepspeed, .openvino: transformersLacks(model)
    case .ctranslate2: transformersLacks(model, hasSoftmaxScale: false)
    case .llamacpp: llamaCppLacks(model)
    }
  }

  /// transformers' MptForCausalLM takes llm-foundry's options and ignores most.
  private static func transformersLacks(_ model: ModelConfiguration, hasSoftmaxScale: Bool = true) -> [String] {
    var lacks = commonLacks(model)
    if model.position != .alibi(biasMax: 8) { lacks.append("\(text(model.position)) (ALiBi alone)") }
    if model.biases != .none { lacks.append("biases") }
    if model.keyValueHeadCount != model.headCount { lacks.append("grouped queries") }
    if model.queryKeyNormalization != .none { lacks.append("normalisation of queries and keys") }
    if model.feedForwardWidth != 4 * model.modelWidth { lacks.append("expansion ratio but 4") }
    if !hasSoftmaxScale && model.softmaxScale != nil { lacks.append("softmax_scale") }
    return lacks
  }

  private static func llamaCppLacks(_ model: ModelConfiguration) -> [String] {
    var lacks = commonLacks(model)
    switch model.position {
    case .alibi, .learned: break
    case .none, .rotary: lacks.append("\(text(model.position)) (ALiBi or learned positions)")
    }
    if model.queryKeyNormalization == .perHead { lacks.append("qk_gn") }
    if model.queryKeyNormalization != .none && model.queryKeyNormKind != .layerNorm { lacks.append("RMSNorm") }
    if model.softmaxScale != nil { lacks.append("softmax_scale") }
    return lacks
  }

  private static func commonLacks(_ model: ModelConfiguration) -> [String] {
    var lacks: [String] = []
    if model.normalization != .layerNorm { lacks.append("RMSNorm") }
    if model.feedForward != .mlp { lacks.append("gated feed-forward block") }
    if model.activation != .gelu { lacks.append("activation but gelu") }
    if model.logitScale != 1 { lacks.append("logit_scale") }
    if model.slidingWindow != nil { lacks.append("sliding window") }
    if model.attentionLogitSoftcap != nil || model.finalLogitSoftcap != nil { lacks.append("softcapping") }
    return lacks
  }

  private static func text(_ position: PositionEncoding) -> String {
    switch position {
    case .none: "model without positions"
    case .learned: "learned positions"
    case .alibi(let biasMax): "alibi_bias_max of \(biasMax)"
    case .rotary: "rotary positions"
    }
  }
}
