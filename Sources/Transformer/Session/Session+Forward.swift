import KernelInterface
import Tensor

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The forward pass: one region of SPMD work, every worker running the same function with barriers between steps that
/// read what others wrote.
extension Session {
  /// Runs the chunk through the model on a team.
  func forward(on workers: Workers) {
    unitCount = 0
    for index in 0..<chunk.segmentCount {
      chunk.segments[index].firstUnit = unitCount
      unitCount += attentionUnits(chunk.segments[index])
    }
    beginPass()
    workers.run { worker in forward(worker) }
    endPass()
  }

  private func forward(_ worker: Worker) {
    embed(worker)
    finish(.embedding, worker)
    for index in 0..<model.configuration.layerCount {
      block(worker, index, model.layers[index])
    }
    project(worker)
  }

  /// x = x + attention(norm(x)); x = x + feedForward(norm(x)), or both on one x for a parallel residual.
  private func block(_ worker: Worker, _ index: Int, _ layer: Layer) {
    let qkv = floats(layout.qkv)  // [rows][qkv stride]
    let attention = floats(layout.attention)  // [rows][attention stride]
    let scratch = workerScratch(worker)
    let isParallel = model.configuration.parallelResidual

    projectQueryKeyValue(worker, index, layer)
    // Here x is still the block's input.
    if isParallel { projectUp(worker, index, layer) }
    storeKeysAndValues(worker, index, layer, qkv)
    finish(.storeKeyValue, of: index, worker)
    attend(worker, index, qkv, attention, scratch)
    finish(.attention, of: index, worker)
    addAttention(worker, index, layer)
    if !isParallel { projectUp(worker, index, layer) }
    addFeedForward(worker, index, layer)
  }

  private func projectQueryKeyValue(_ worker: Worker, _ index: Int, _ layer: Layer) {
    let residual = floats(layout.residual)  // [rows][model stride]
    let packed = PackedActivations(base: storage.base + layout.packed)
    pack(worker, packed, layer.queryKeyValue.weights, chunk.rowCount) { row, out in
      layer.attentionNorm.apply(model.kernels, residual + row * layout.modelStride, out)
    }
    finish(.attentionNorm, of: index, worker)
    layer.queryKeyValue.apply(
      worker, model.kernels, packed, rows: chunk.rowCount, out: floats(layout.qkv), outStride: layout.qkvStride,
      epilogue: model.configuration.clipQKV.map { .clamp($0) } ?? .none)
    finish(.queryKeyValue, of: index, worker)
  }

  /// x = x + output(heads)
  private func addAttention(_ worker: Worker, _ index: Int, _ layer: Layer) {
    let attention = floats(layout.attention)
    let packed = PackedActivations(base: storage.base + layout.packed)
    packed.pack(
      worker, model.kernels, rows: chunk.rowCount, for: layer.attentionOutput.weights, from: attention,
      stride: layout.attentionStride)
    finish(.packAttention, of: index, worker)
    layer.attentionOutput.apply(
      worker, model.kernels, packed, rows: chunk.rowCount, out: floats(layout.residual),
      outStride: layout.modelStride, accumulate: true)
    finish(.attentionOutput, of: index, worker)
  }

  /// The first half of the feed-forward block, into the hidden activations.
  private func projectUp(_ worker: Worker, _ index: Int, _ layer: Layer) {
    let residual = floats(layout.residual)
    let packed = PackedActivations(base: storage.base + layout.packed)
    // Without a norm of its own the block reads what the attention's norm has packed.
    if let norm = layer.feedForwardNorm {
      pack(worker, packed, layer.up.weights, chunk.rowCount) { row, out in
        norm.apply(model.kernels, residual + row * layout.modelStride, out)
      }
      finish(.feedForwardNorm, of: index, worker)
    }
    layer.up.apply(
      worker, model.kernels, packed, rows: chunk.rowCount, out: floats(layout.hidden),
      outStride: layout.hiddenStride,
      epilogue: model.configuration.feedForward == .glu ? .none : .map(activationKernel))
    finish(.up, of: index, worker)
  }

  /// x = x + down(hidden)
  private func addFeedForward(_ worker: Worker, _ index: Int, _ layer: Layer) {
    let kernels = model.kernels
    let hidden = floats(layout.hidden)  // [rows][hidden stride]
    let packed = PackedActivations(base: storage.base + layout.packed)
    let activation = activationKernel
    let gated = model.configuration.feedForward == .glu
    packed.pack(
      worker, kernels, rows: chunk.rowCount, for: layer.down.weights, from: hidden, stride: layout.hiddenStride
    ) { row, columns in
      guard gated else { return }
      let gate = hidden + row * layout.hiddenStride + columns.lowerBound
      activation(gate, columns.count)
      kernels.elementwise.multiply(gate, gate + layout.upOffset, columns.count)
    }
    finish(.packHidden, of: index, worker)
    layer.down.apply(
      worker, kernels, packed, rows: chunk.rowCount, out: floats(layout.residual), outStride: layout.modelStride,
      accumulate: true)
    finish(.down, of: index, worker)
  }

  /// Token and position embeddings into the residual stream, and the angles of rotary embeddings.
  private func embed(_ worker: Worker) {
    let configuration = model.configuration
    let width = configuration.modelWidth
    let scratch = workerScratch(worker)
    for row in worker.share(of: chunk.rowCount) {
      let x = floats(layout.residual) + row * layout.modelStride
      model.embedding.unpack(row: Int(chunk.tokens[row]), kernels: model.kernels, into: x)
      if let positions = model.positions {
        let entry = positions + chunk.positions[row] * width * model.dtype.byteCount
        switch model.dtype {
        case .fp32: scratch.update(from: entry.assumingMemoryBound(to: Float.self), count: width)
        case .bf16:
          model.kernels.conversion.fp32FromBF16(entry.assumingMemoryBound(to: UInt16.self), scratch, width)
        case .fp16:
          model.kernels.conversion.fp32FromFP16(entry.assumingMemoryBound(to: UInt16.self), scratch, width)
        }
        model.kernels.elementwise.add(x, scratch, width)
      }
      if layout.rotaryPairs > 0 { setAngles(row) }
    }
  }

  /// Cosines and sines of a row's position, [pairs] each.
  private func setAngles(_ row: Int) {
    let cosines = floats(layout.cosines) + row * layout.rotaryPairs
    let sines = floats(layout.sines) + row * layout.rotaryPairs
    let length = rotaryLengths[chunk.sequences[row]]
    for pair in 0..<layout.rotaryPairs {
      // The table is for short sequences; only dynamic scaling changes with the length.
      let frequency = length == 0 ? frequencies[pair] : rotary!.frequency(pair, length: length)
      let angle = Double(chunk.positions[row]) * frequency
      cosines[pair] = Float(cos(angle) * rotaryFactor)
      sines[pair] = Float(sin(angle) * rotaryFactor)
    }
  }

  /// Final norm and logits of the rows that ask for them.
  private func project(_ worker: Worker) {
    if chunk.logitCount == 0 { return }
    let kernels = model.kernels
    let configuration = model.configuration
    let residual = floats(layout.residual)
    let packed = PackedActivations(base: storage.base + layout.packed)
    pack(worker, packed, model.output.weights, chunk.logitCount) { index, out in
      model.finalNorm.apply(kernels, residual + chunk.logitRows[index] * layout.modelStride, out)
    }
    finish(.finalNorm, worker)
    // The rows of a pass are consecutive sequences, so their logits are consecutive rows too.
    let out = floats(layout.logits) + chunk.logitSequences[0] * layout.vocabularyStride
    model.output.apply(
      worker, kernels, packed, rows: chunk.logitCount, out: out, outStride: layout.vocabularyStride)
    if configuration.logitScale == 1 && configuration.finalLogitSoftcap == nil {
      finishLast(.logits, worker)
      return
    }
    finish(.logits, worker)
    let columns = worker.share(of: configuration.vocabularySize, unit: kernels.panelWidth)
    for row in 0..<chunk.logitCount {
      let part = out + row * layout.vocabularyStride + columns.lowerBound
      if configuration.logitScale != 1 { kernels.elementwise.scale(part, configuration.logitScale, columns.count) }
      if let cap = configuration.finalLogitSoftcap { kernels.elementwise.softcap(part, cap, columns.count) }
    }
    finishLast(.scaleLogits, worker)
  }

  private func pack(
    _ worker: Worker, _ packed: PackedActivations, _ weights: PackedMatrix, _ rows: Int,
    _ row: (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    packed.pack(worker, model.kernels, rows: rows, for: weights, scratch: workerScratch(worker), row: row)
  }

  private var activationKernel: ElementwiseKernels.Map {
    let kernels = model.kernels.elementwise
    return switch model.configuration.activation {
    case .gelu: kernels.gelu
    case .geluTanh: kernels.geluTanh
    case .geluQuick: kernels.geluQuick
    case .silu: kernels.silu
    case .relu: kernels.relu
    }
  }

  /// A worker's own memory.
  func workerScratch(_ worker: Worker) -> UnsafeMutablePointer<Float> {
    floats(layout.workerScratch + worker.index * layout.workerScratchBytes)
  }
}
