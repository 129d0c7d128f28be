import Tensor

// From plan to memory.

extension WeightPlan {
  func matrix(_ index: Int, _ base: UnsafeMutableRawPointer) -> PackedMatrix {
    let matrix = matrices[index]
    return PackedMatrix(
      dtype: matrix.dtype, arithmetic: matrix.arithmetic, columns: matrix.columns, depth: matrix.depth,
      panelWidth: panelWidth, base: base + matrix.offset)
  }

  func vector(_ index: Int, _ base: UnsafeMutableRawPointer) -> UnsafePointer<Float> {
    UnsafePointer((base + vectors[index].offset).assumingMemoryBound(to: Float.self))
  }
}

extension WeightPlan.NormPlan {
  func resolved(_ plan: WeightPlan, _ base: UnsafeMutableRawPointer) -> Norm {
    Norm(
      kind: kind, epsilon: epsilon, width: plan.vectors[weight].count, weight: plan.vector(weight, base),
      bias: bias.map { plan.vector($0, base) })
  }
}

extension WeightPlan.LinearPlan {
  func resolved(_ plan: WeightPlan, _ base: UnsafeMutableRawPointer) -> Linear {
    Linear(weights: plan.matrix(matrix, base), bias: bias.map { plan.vector($0, base) })
  }
}

extension WeightPlan.LayerPlan {
  func resolved(_ plan: WeightPlan, _ base: UnsafeMutableRawPointer) -> Layer {
    Layer(
      attentionNorm: attentionNorm.resolved(plan, base), queryKeyValue: queryKeyValue.resolved(plan, base),
      queryNorm: queryNorm?.resolved(plan, base), keyNorm: keyNorm?.resolved(plan, base),
      attentionOutput: attentionOutput.resolved(plan, base), feedForwardNorm: feedForwardNorm?.resolved(plan, base),
      up: up.resolved(plan, base), down: down.resolved(plan, base))
  }
}
