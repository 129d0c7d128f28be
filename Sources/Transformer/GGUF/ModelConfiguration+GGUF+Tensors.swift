extension ModelConfiguration {
  /// Every tensor of the model under the names that GGUF has for all architectures, in the order of the forward pass.
  var ggufTensors: [TensorSpecification] {
    var list = GGUFTensorList()
    list.add("token_embd", [vocabularySize, modelWidth]) { _ in .embedding }
    if position == .learned { list.add("position_embd", [maximumSequenceLength, modelWidth]) { _ in .position } }
    for layer in 0..<layerCount {
      list.prefix = "blk.\(layer)."
      list.layer = layer
      list.add("attn_norm", [modelWidth], bias: biases.normalization) { .attentionNorm($0) }
      addGGUFAttention(to: &list)
      list.add("ffn_norm", [modelWidth], bias: biases.normalization) { .feedForwardNorm($0) }
      if feedForward == .glu {
        list.add("ffn_gate", [feedForwardWidth, modelWidth], bias: biases.feedForward) { .gate($0) }
      }
      list.add("ffn_up", [feedForwardWidth, modelWidth], bias: biases.feedForward) { .up($0) }
      list.add("ffn_down", [modelWidth, feedForwardWidth], bias: biases.feedForward) { .down($0) }
    }
    list.prefix = ""
    list.layer = nil
    list.add("output_norm", [modelWidth], bias: biases.normalization) { .finalNorm($0) }
    if !tiedEmbeddings { list.add("output", [vocabularySize, modelWidth]) { _ in .outputProjection } }
    return list.tensors
  }

  private func addGGUFAttention(to list: inout GGUFTensorList) {
    let bias = biases.attentionInput
    if fusedQKV {
      list.add("attn_qkv", [queryWidth + 2 * keyValueWidth, modelWidth], bias: bias) { .queryKeyValue($0) }
    } else {
      list.add("attn_q", [queryWidth, modelWidth], bias: bias) { .query($0) }
      list.add("attn_k", [keyValueWidth, modelWidth], bias: bias) { .key($0) }
      list.add("attn_v", [keyValueWidth, modelWidth], bias: bias) { .value($0) }
    }
    if queryKeyNormalization != .none {
      let isPerHead = queryKeyNormalization == .perHead
      let bias = biases.queryKeyNormalization
      list.add("attn_q_norm", [isPerHead ? headDimension : queryWidth], bias: bias) { .queryNorm($0) }
      list.add("attn_k_norm", [isPerHead ? headDimension : keyValueWidth], bias: bias) { .keyNorm($0) }
    }
    list.add("attn_output", [modelWidth, queryWidth], bias: biases.attentionOutput) { .attentionOutput($0) }
  }
}

/// Tensors with a common prefix, as they are listed.
private struct GGUFTensorList {
  var prefix = ""
  var layer: Int?
  private(set) var tensors: [TensorSpecification] = []

  mutating func add(
    _ name: String, _ shape: [Int], bias: Bool = false, role: (TensorRole.Part) -> TensorRole
  ) {
    tensors.append(.init(name: "\(prefix)\(name).weight", shape: shape, role: role(.weight), layer: layer))
    if bias {
      tensors.append(.init(name: "\(prefix)\(name).bias", shape: [shape[0]], role: role(.bias), layer: layer))
    }
  }
}
