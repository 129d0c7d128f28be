import KernelInterface
import Tensor

/// Kernels of one row at a time: read from L2, written to L1, which is where a forward pass finds and leaves its
/// activations. m: rows, n: their length, k: 1.
extension CaseBuilder {
  /// Reads a row, writes another.
  typealias RowKernel = (_ row: UnsafeMutablePointer<Float>, _ target: UnsafeMutablePointer<Float>) -> Void

  /// Scores of as many keys as the model has positions.
  var softmax: [KernelCase] {
    // Maximum, difference, exponential, sum, product.
    rows(.softmax, "softmax", count: configuration.maximumSequenceLength, flops: 5) { operands, kernels in
      let (softmax, count) = (kernels.elementwise.softmax, operands.count)
      return { row, target in
        target.update(from: row, count: count)
        softmax(target, count)
      }
    }
  }

  var normalization: [KernelCase] {
    let width = configuration.modelWidth
    // A sum; difference, square and its sum; difference and the product with 1 / σ, weight, bias.
    let layer = rows(.normalization, "layer_norm", count: width, flops: 8) { operands, kernels in
      let (norm, count, weight) = (kernels.normalization.layer, operands.count, operands.parameters)
      return { row, target in norm(row, count, 1e-5, weight, weight + count, target) }
    }
    // A square and its sum, two products.
    let rootMeanSquare = rows(.normalization, "rms_norm", count: width, flops: 4) { operands, kernels in
      let (norm, count, weight) = (kernels.normalization.rootMeanSquare, operands.count, operands.parameters)
      return { row, target in norm(row, count, 1e-5, weight, target) }
    }
    return layer + rootMeanSquare
  }

  var activation: [KernelCase] {
    func map(
      _ name: String, flops: Int, _ kernel: @escaping (ElementwiseKernels) -> ElementwiseKernels.Map
    ) -> [KernelCase] {
      rows(.activation, name, count: configuration.feedForwardWidth, flops: flops) { operands, kernels in
        let (map, count) = (kernel(kernels.elementwise), operands.count)
        return { row, target in
          target.update(from: row, count: count)
          map(target, count)
        }
      }
    }
    // Operations of the formulas that stand beside the kernels' declarations.
    return map("gelu", flops: 5) { $0.gelu } + map("gelu_tanh", flops: 9) { $0.geluTanh }
      + map("gelu_quick", flops: 5) { $0.geluQuick } + map("silu", flops: 4) { $0.silu }
      + map("relu", flops: 1) { $0.relu }
  }

  /// All query heads of a token. A rotation keeps the length of what it rotates, so rows are rotated in place.
  var rope: [KernelCase] {
    let width = configuration.headDimension
    let heads = configuration.headCount
    guard width >= 2 else { return [] }
    // Four products, a sum and a difference for two elements.
    return rows(.rope, "rope", count: configuration.queryWidth, flops: 3) { operands, kernels in
      operands.setAngles()
      let (rotate, cosines) = (kernels.elementwise.rotate, operands.parameters)
      let sines = cosines + operands.count
      return { row, _ in
        for head in 0..<heads { rotate(row + head * width, cosines, sines, width / 2) }
      }
    }
  }

  private func rows(
    _ group: KernelGroup, _ name: String, count: Int, flops: Int,
    _ kernel: @escaping (RowOperands, KernelSet) -> RowKernel
  ) -> [KernelCase] {
    threads.map { threads in
      let rowCount = RowOperands.rowCount(of: count, threads: threads, caches)
      let elements = Double(rowCount) * Double(count)
      let passes = 16
      return KernelCase(
        group: group, kernel: name, dtype: .fp32, threads: threads, m: rowCount, n: count, k: 1,
        work: KernelWork(
          flops: Double(flops) * elements, bytes: 8 * elements,
          level: caches.level(of: rowCount * count * 4, threads: threads))
      ) { context in
        let operands = try context.operands(
          "rows of \(count), \(threads) threads", byteCount: (rowCount + 2 * threads + 2) * count * 4
        ) {
          try RowOperands(count: count, threads: threads, context)
        }
        let workers = context.workers(threads)
        let kernel = kernel(operands, context.kernels)
        return KernelRun(repetitions: passes) { operands.forEachRow(workers, passes: passes, kernel) }
      }
    }
  }
}
