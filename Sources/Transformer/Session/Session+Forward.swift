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
    let kernels = model.kernels
    let rows = chunk.rowCount
    let residual = floats(layout.residual)  // [rows][model stride]
    let qkv = floats(layout.qkv)  // [rows][qkv stride]
    let attention = floats(layout.attention)  // [rows][attention stride]
    let hidden = floats(layout.hidden)  // [rows][hidden stride]
    let packed = PackedActivations(base: storage.base + layout.packed)
    let scratch = workerScratch(worker)

    pack(worker, packed, layer.queryKeyValue.weights, rows) { row, out in
      layer.attentionNorm.apply(kernels, residual + row * layout.modelStride, out)
    }
    finish(.attentionNorm, of: index, worker)
    layer.queryKeyValue.apply(
      worker, kernels, packed, rows: rows, out: qkv, outStride: layout.qkvStride,
      epilogue: model.configuration.clipQKV.map { .clamp($0) } ?? .none)
    finish(.queryKeyValue, of: index, worker)
    storeKeysAndValues(worker, index, layer, qkv, scratch)
    finish(.storeKeyValue, of: index, worker)
    attend(worker, index, qkv, attention, scratch)
    finish(.attention, of: index, worker)
    pack(worker, packed, layer.attentionOutput.weights, rows) { row, out in
      out.update(from: attention + row * layout.attentionStride, count: model.configuration.queryWidth)
    }
    finish(.packAttention, of: index, worker)
    layer.attentionOutput.apply(
      worker, kernels, packed, rows: rows, out: residual, outStride: layout.modelStride, accumulate: true)
    finish(.attentionOutput, of: index, worker)

    pack(worker, packed, layer.up.weights, rows) { row, out in
      layer.feedForwardNorm.apply(kernels, residual + row * layout.modelStride, out)
    }
    finish(.feedForwardNorm, of: index, worker)
    let activation = activationKernel
    let gated = model.configuration.feedForward == .glu
    layer.up.apply(
      worker, kernels, packed, rows: rows, out: hidden, outStride: layout.hiddenStride,
      epilogue: gated ? .none : .map(activation))
    finish(.up, of: index, worker)
    let width = model.configuration.feedForwardWidth
    pack(worker, packed, layer.down.weights, rows) { row, out in
      let gate = hidden + row * layout.hiddenStride
      out.update(from: gate, count: width)
      if gated {
        activation(out, width)
        kernels.elementwise.multiply(out, gate + layout.upOffset, width)
      }
    }
    finish(.packHidden, of: index, worker)
    layer.down.apply(
      worker, kernels, packed, rows: rows, out: residual, outStride: layout.modelStride, accumulate: true)
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
      let cosines = floats(layout.cosines) + row * layout.rotaryHalf
      let sines = floats(layout.sines) + row * layout.rotaryHalf
      for pair in 0..<layout.rotaryHalf {
        let angle = Double(chunk.positions[row]) * frequencies[pair]
        cosines[pair] = Float(cos(angle))
        sines[pair] = Float(sin(angle))
      }
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
