extension ModelConfiguration {
  /// Every tensor of the model under its family's own names, or under GGUF's, in the order of the forward pass.
  public var tensors: [TensorSpecification] {
    let names = tensorNames
    let base = omitsBasePrefix ? "" : names.base
    var outer = TensorList(prefix: base, layer: nil, inputsFirst: false)
    outer.table(names.embedding, [vocabularySize, modelWidth], role: .embedding)
    if position == .learned { outer.table(names.positions, [maximumSequenceLength, modelWidth], role: .position) }
    for layer in 0..<layerCount {
      var block = TensorList(
        prefix: "\(base)\(names.blocks)\(layer).", layer: layer, inputsFirst: storesInputsFirst)
      appendBlock(to: &block, names)
      outer.tensors += block.tensors
    }
    outer.norm(names.finalNorm, modelWidth, bias: biases.normalization) { .finalNorm($0) }
    if !tiedEmbeddings {
      outer.prefix = ""
      outer.table(names.output, [vocabularySize, modelWidth], role: .outputProjection)
    }
    return outer.tensors
  }

  /// The number of parameters: the elements of all tensors, with tied embeddings counted once.
  public var parameterCount: Int {
    tensors.reduce(0) { $0 + $1.elementCount }
  }

  /// The name of the output projection, which checkpoints with tied embeddings may hold all the same.
  var outputTensorName: String { tensorNames.output + ".weight" }

  private func appendBlock(to list: inout TensorList, _ names: TensorNames) {
    list.norm(names.attentionNorm, modelWidth, bias: biases.normalization) { .attentionNorm($0) }
    let bias = biases.attentionInput
    if fusedQKV {
      list.linear(names.queryKeyValue, queryWidth + 2 * keyValueWidth, from: modelWidth, bias: bias) {
        .queryKeyValue($0)
      }
    } else {
      list.linear(names.query, queryWidth, from: modelWidth, bias: bias) { .query($0) }
      list.linear(names.key, keyValueWidth, from: modelWidth, bias: bias) { .key($0) }
      list.linear(names.value, keyValueWidth, from: modelWidth, bias: bias) { .value($0) }
    }
    if queryKeyNormalization != .none {
      let perHead = queryKeyNormalization == .perHead
      let bias = biases.queryKeyNormalization
      list.norm(names.queryNorm, perHead ? headDimension : queryWidth, bias: bias) { .queryNorm($0) }
      list.norm(names.keyNorm, perHead ? headDimension : keyValueWidth, bias: bias) { .keyNorm($0) }
    }
    list.linear(names.attentionOutput, modelWidth, from: queryWidth, bias: biases.attentionOutput) {
      .attentionOutput($0)
    }
    if !(parallelResidual && sharesNorm) {
      list.norm(names.feedForwardNorm, modelWidth, bias: biases.normalization) { .feedForwardNorm($0) }
    }
    list.linear(names.up, feedForwardWidth, from: modelWidth, bias: biases.feedForward) { .up($0) }
    list.linear(names.down, modelWidth, from: feedForwardWidth, bias: biases.feedForward) { .down($0) }
    if feedForward == .glu {
      list.linear(names.gate, feedForwardWidth, from: modelWidth, bias: biases.feedForward) { .gate($0) }
    }
  }
}

/// Tensors with a common prefix, as they are listed.
private struct TensorList {
  var prefix: String
  let layer: Int?
  let inputsFirst: Bool
  var tensors: [TensorSpecification] = []

  mutating func table(_ name: String, _ shape: [Int], role: TensorRole) {
    tensors.append(.init(name: "\(prefix)\(name).weight", shape: shape, role: role, layer: layer))
  }

  mutating func linear(
    _ name: String, _ outputs: Int, from inputs: Int, bias: Bool, role: (TensorRole.Part) -> TensorRole
  ) {
    tensors.append(
      .init(
        name: "\(prefix)\(name).weight", shape: inputsFirst ? [inputs, outputs] : [outputs, inputs],
        role: role(.weight), layer: layer, inputsFirst: inputsFirst))
    if bias { vector("\(name).bias", outputs, role: role(.bias)) }
  }

  mutating func norm(_ name: String, _ width: Int, bias: Bool, role: (TensorRole.Part) -> TensorRole) {
    vector("\(name).weight", width, role: role(.weight))
    if bias { vector("\(name).bias", width, role: role(.bias)) }
  }

  private mutating func vector(_ name: String, _ width: Int, role: TensorRole) {
    tensors.append(.init(name: prefix + name, shape: [width], role: role, layer: layer))
  }
}
