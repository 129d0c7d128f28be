import KernelInterface
import Tensor

/// Between dtypes (m: workers, n: elements of each, k: 1) and into packed layouts (m: rows, n: workers, k: depth); from
/// L2 to L2. The dtype is the one that is written or, for widening, read.
extension CaseBuilder {
  var conversion: [KernelCase] {
    func narrow(_ name: String, _ dtype: DType, _ kernel: @escaping (ConversionKernels) -> ConversionKernels.Narrow)
      -> [KernelCase]
    {
      convert(name, dtype) { kernels, wide, narrow, count in
        let convert = kernel(kernels)
        return { convert(wide + $0, narrow + $0, count) }
      }
    }
    func widen(_ name: String, _ dtype: DType, _ kernel: @escaping (ConversionKernels) -> ConversionKernels.Widen)
      -> [KernelCase]
    {
      convert(name, dtype) { kernels, wide, narrow, count in
        let convert = kernel(kernels)
        return { convert(narrow + $0, wide + $0, count) }
      }
    }
    return narrow("convert.fp32_to_bf16", .bf16) { $0.bf16FromFP32 }
      + widen("convert.bf16_to_fp32", .bf16) { $0.fp32FromBF16 }
      + narrow("convert.fp32_to_fp16", .fp16) { $0.fp16FromFP32 }
      + widen("convert.fp16_to_fp32", .fp16) { $0.fp32FromFP16 }
  }

  /// The weights of a panel, as loading packs them, and the activations of a row block.
  var packing: [KernelCase] {
    let depth = configuration.modelWidth
    let panel = DType.allCases.flatMap { dtype in
      pack("pack.weights", dtype, depth: depth, rows: kernels.panelWidth) { kernels in
        switch dtype {
        case .fp32: kernels.conversion.packPanelFP32
        case .bf16: kernels.conversion.packPanelBF16
        case .fp16: kernels.conversion.packPanelFP16
        }
      }
    }
    let fp32 = pack("pack.activations", .fp32, depth: depth, rows: kernels.maximumTileRows) {
      $0.conversion.packRowBlockFP32
    }
    guard kernels.matmul.bf16Pairs != nil else { return panel + fp32 }
    return panel + fp32
      + pack("pack.activations", .bf16, depth: depth, rows: kernels.maximumTileRows) {
        $0.conversion.packRowBlockBF16 ?? $0.conversion.packRowBlockFP32
      }
  }

  private func convert(
    _ name: String, _ dtype: DType,
    _ kernel:
      @escaping (ConversionKernels, UnsafeMutablePointer<Float>, UnsafeMutablePointer<UInt16>, Int) -> (Int) ->
      Void
  ) -> [KernelCase] {
    threads.map { threads in
      let count = max(64, caches.l2 / 2 / 6 & ~63)
      let passes = 16
      return KernelCase(
        group: .conversion, kernel: name, dtype: dtype, threads: threads, m: threads, n: count, k: 1,
        work: KernelWork(
          flops: Double(count * threads), bytes: 6 * Double(count * threads),
          level: caches.level(of: 6 * count * threads, threads: threads))
      ) { context in
        let operands = try context.operands("conversion, \(threads) threads", byteCount: 6 * count * threads) {
          try ConversionOperands(count: count, threads: threads, context)
        }
        let workers = context.workers(threads)
        let convert = kernel(context.kernels.conversion, operands.wide, operands.narrow, count)
        return KernelRun(repetitions: passes) {
          workers.run { worker in
            for _ in 0..<passes { convert(worker.index * count) }
          }
        }
      }
    }
  }

  private func pack(
    _ name: String, _ dtype: DType, depth: Int, rows: Int,
    _ kernel: @escaping (KernelSet) -> ConversionKernels.PackRowBlock
  ) -> [KernelCase] {
    threads.map { threads in
      let bytes = rows * depth * (4 + dtype.byteCount) * threads
      let passes = 4
      return KernelCase(
        group: .packing, kernel: name, dtype: dtype, threads: threads, m: rows, n: threads, k: depth,
        work: KernelWork(
          // Rounding is arithmetic, moving is not.
          flops: dtype == .fp32 ? 0 : Double(rows * depth * threads), bytes: Double(bytes),
          level: caches.level(of: bytes, threads: threads))
      ) { context in
        let count = rows * ((depth + 1) & ~1)
        let operands = try context.operands("packing \(count), \(threads) threads", byteCount: 8 * count * threads) {
          try PackingOperands(count: count, threads: threads, context)
        }
        let workers = context.workers(threads)
        let pack = kernel(context.kernels)
        return KernelRun(repetitions: passes) {
          workers.run { worker in
            let source = operands.source + worker.index * count
            let target = operands.target + worker.index * count * 4
            for _ in 0..<passes { pack(source, rows, depth, depth, target) }
          }
        }
      }
    }
  }
}
