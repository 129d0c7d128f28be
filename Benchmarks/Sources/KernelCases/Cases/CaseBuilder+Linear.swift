import Tensor

/// Linear layers, as a forward pass runs them: activations are packed, and converted where the weights' dtype asks for
/// it, then multiplied; one region of workers. m: activation rows, n: columns, k: depth.
extension CaseBuilder {
  /// Prefill.
  var gemm: [KernelCase] { linear(.gemm, "gemm", layers, rows: [128, 512], threads: threads) }

  /// Decode of a batch.
  var skinnyGEMM: [KernelCase] {
    linear(.skinnyGEMM, "skinny_gemm", layers, rows: [1, 2, 4, 8, 16, 32, 64], threads: [team])
  }

  /// Decode of one sequence, the output projection too.
  var gemv: [KernelCase] { linear(.gemv, "gemv", layers + [logits], rows: [1], threads: threads) }

  private func linear(
    _ group: KernelGroup, _ name: String, _ layers: [LinearShape], rows: [Int], threads: [Int]
  ) -> [KernelCase] {
    var cases: [KernelCase] = []
    // Cases with the same operands stand together, so that these are made once.
    for layer in layers {
      for dtype in DType.allCases {
        for temperature in Temperature.allCases {
          for count in threads {
            guard let rotation = rotation(of: layer.weightBytes(dtype), temperature, threads: count) else { continue }
            for m in rows {
              cases.append(
                linear(
                  group, "\(name).\(layer.name).\(temperature)", layer, dtype, m, largest: rows.max()!, rotation, count)
              )
            }
          }
        }
      }
    }
    return cases
  }

  private func linear(
    _ group: KernelGroup, _ name: String, _ layer: LinearShape, _ dtype: DType, _ m: Int, largest: Int,
    _ rotation: (copies: Int, level: MemoryLevel), _ threads: Int
  ) -> KernelCase {
    let team = team
    let copies = self.rotation(of: layer.weightBytes(dtype), .cold, threads: team)!.copies
    return KernelCase(
      group: group, kernel: name, dtype: dtype, threads: threads, m: m, n: layer.columns, k: layer.depth,
      work: KernelWork(
        flops: 2 * Double(m) * Double(layer.columns) * Double(layer.depth), bytes: Double(layer.weightBytes(dtype)),
        arithmetic: dtype, level: rotation.level)
    ) { context in
      let operands = try context.operands(
        "\(layer.name) \(dtype) \(largest)",
        byteCount: LinearOperands.byteCount(
          layer, dtype, copies: copies, rows: largest, threads: team, context.kernels)
      ) {
        try LinearOperands(layer, dtype, copies: copies, rows: largest, threads: team, context)
      }
      let workers = context.workers(threads)
      return KernelRun { operands.multiply(rows: m, copies: rotation.copies, workers: workers) }
    }
  }
}
