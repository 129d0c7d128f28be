extension ModelConfiguration {
  /// Every tensor of the model under its family's own names, or under GGUF's, in the order of the forward pass.
  public var tensors: [TensorSpecification] {
    if tensorNaming == .gguf { return ggufTensors }
    return switch family {
    case .mpt: mptTensors
    }
  }

  /// The number of parameters: the elements of all tensors, with tied embeddings counted once.
  public var parameterCount: Int {
    tensors.reduce(0) { $0 + $1.elementCount }
  }

  /// The names of all tensors.
  public var expectedTensorNames: Set<String> {
    Set(tensors.map(\.name))
  }

  private var mptTensors: [TensorSpecification] {
    var tensors = [
      TensorSpecification(
        name: "transformer.wte.weight", shape: [vocabularySize, modelWidth], role: .embedding)
    ]
    if position == .learned {
      tensors.append(
        .init(name: "transformer.wpe.weight", shape: [maximumSequenceLength, modelWidth], role: .position))
    }
    for layer in 0..<layerCount {
      let block = "transformer.blocks.\(layer)."
      var list = TensorList(prefix: fusedNormAttentionNorm ? block + "norm_attn_norm." : block, layer: layer)
      list.norm("norm_1", modelWidth, bias: biases.normalization) { .attentionNorm($0) }
      appendMPTAttention(to: &list)
      list.norm("norm_2", modelWidth, bias: biases.normalization) { .feedForwardNorm($0) }
      list.prefix = block
      list.linear("ffn.up_proj", [feedForwardWidth, modelWidth], bias: biases.feedForward) { .up($0) }
      list.linear("ffn.down_proj", [modelWidth, feedForwardWidth], bias: biases.feedForward) { .down($0) }
      if feedForward == .glu {
        list.linear("ffn.gate_proj", [feedForwardWidth, modelWidth], bias: biases.feedForward) { .gate($0) }
      }
      tensors += list.tensors
    }
    var list = TensorList(prefix: "transformer.", layer: nil)
    list.norm("norm_f", modelWidth, bias: biases.normalization) { .finalNorm($0) }
    tensors += list.tensors
    if !tiedEmbeddings {
      tensors.append(.init(name: "lm_head.weight", shape: [vocabularySize, modelWidth], role: .outputProjection))
    }
    return tensors
  }

  private func appendMPTAttention(to list: inout TensorList) {
    let bias = biases.attentionInput
    if fusedQKV {
      list.linear("attn.Wqkv", [queryWidth + 2 * keyValueWidth, modelWidth], bias: bias) { .queryKeyValue($0) }
    } else {
      list.linear("attn.Wq", [queryWidth, modelWidth], bias: bias) { .query($0) }
      list.linear("attn.Wk", [keyValueWidth, modelWidth], bias: bias) { .key($0) }
      list.linear("attn.Wv", [keyValueWidth, modelWidth], bias: bias) { .value($0) }
    }
    if queryKeyNormalization != .none {
      let perHead = queryKeyNormalization == .perHead
      let bias = biases.queryKeyNormalization
      list.norm("attn.q_ln", perHead ? headDimension : queryWidth, bias: bias) { .queryNorm($0) }
      list.norm("attn.k_ln", perHead ? headDimension : keyValueWidth, bias: bias) { .keyNorm($0) }
    }
    list.linear("attn.out_proj", [modelWidth, queryWidth], bias: biases.attentionOutput) { .attentionOutput($0) }
  }
}

/// Tensors with a common prefix, as they are listed.
private struct TensorList {
  var prefix: String
  let layer: Int?
  var tensors: [TensorSpecification] = []

  mutating func linear(_ name: String, _ shape: [Int], bias: Bool, role: (TensorRole.Part) -> TensorRole) {
    tensors.append(.init(name: "\(prefix)\(name).weight", shape: shape, role: role(.weight), layer: layer))
    if bias {
      tensors.append(.init(name: "\(prefix)\(name).bias", shape: [shape[0]], role: role(.bias), layer: layer))
    }
  }

  mutating func norm(_ name: String, _ width: Int, bias: Bool, role: (TensorRole.Part) -> TensorRole) {
    linear(name, [width], bias: bias, role: role)
  }
}
