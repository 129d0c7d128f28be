import KernelInterface
import Tensor

/// Attention of one layer over its KV cache, one sequence. m: queries, n: keys, k: elements of a head.
extension CaseBuilder {
  /// A whole prompt against itself, causal, for heads of 64 and 128 elements that together are as wide as the model's.
  var attentionPrefill: [KernelCase] {
    var cases: [KernelCase] = []
    for width in [64, 128] {
      let shape = headShape(max(1, configuration.queryWidth / width), width: width)
      for dtype in DType.allCases {
        for tokens in [128, 256, 512, 1024, 2048] {
          cases.append(prefill(shape, dtype, tokens: tokens))
        }
      }
    }
    return cases
  }

  private func prefill(_ shape: AttentionShape, _ dtype: DType, tokens: Int) -> KernelCase {
    let threads = team
    let pairs = Double(tokens) * Double(tokens + 1) / 2
    let bytes = shape.cacheBytes(dtype, keys: tokens)
    return KernelCase(
      group: .attentionPrefill, kernel: "attention_prefill.head\(shape.headDimension)", dtype: dtype, threads: threads,
      m: tokens, n: tokens, k: shape.headDimension,
      work: KernelWork(
        flops: 4 * Double(shape.headCount * shape.headDimension) * pairs, bytes: Double(bytes),
        arithmetic: Attention.prefillDType(products: dtype, cache: dtype),
        level: caches.level(of: bytes, threads: threads))
    ) { context in
      let attention = attention(shape, dtype, context.kernels)
      let operands = try context.operands(
        "attention prefill \(shape) \(dtype) \(tokens)",
        byteCount: AttentionOperands.byteCount(
          attention, queryCount: tokens, depth: tokens, copies: 1, threads: threads)
      ) {
        try AttentionOperands(attention, queryCount: tokens, depth: tokens, copies: 1, threads: threads, context)
      }
      let workers = context.workers(threads)
      return KernelRun { operands.prefill(workers) }
    }
  }

  /// One new token against `depth` cached ones: every head with keys of its own, and four heads to each.
  var attentionDecode: [KernelCase] {
    let c = configuration
    var shapes = [
      ("mha", headShape(c.headCount, width: c.headDimension))
    ]
    if c.keyValueHeadCount < c.headCount {
      shapes.append(
        ("gqa", headShape(c.headCount, sharing: c.keyValueHeadCount, width: c.headDimension)))
    } else if c.headCount % 4 == 0 {
      shapes.append(
        ("gqa", headShape(c.headCount, sharing: c.headCount / 4, width: c.headDimension)))
    }
    var cases: [KernelCase] = []
    for (name, shape) in shapes {
      for dtype in DType.allCases {
        for depth in [128, 256, 512, 1024, 2048, 4096, 8192] {
          for temperature in Temperature.allCases {
            if let decode = decode("attention_decode.\(name).\(temperature)", shape, dtype, depth, temperature) {
              cases.append(decode)
            }
          }
        }
      }
    }
    return cases
  }

  private func decode(
    _ name: String, _ shape: AttentionShape, _ dtype: DType, _ depth: Int, _ temperature: Temperature
  ) -> KernelCase? {
    let threads = team
    let bytes = shape.cacheBytes(dtype, keys: depth)
    guard let rotation = rotation(of: bytes, temperature, threads: threads) else { return nil }
    let copies = self.rotation(of: bytes, .cold, threads: threads)!.copies
    return KernelCase(
      group: .attentionDecode, kernel: name, dtype: dtype, threads: threads, m: 1, n: depth, k: shape.headDimension,
      work: KernelWork(
        flops: 4 * Double(shape.headCount * shape.headDimension) * Double(depth), bytes: Double(bytes),
        level: rotation.level)
    ) { context in
      let attention = attention(shape, dtype, context.kernels)
      let operands = try context.operands(
        "attention decode \(shape) \(dtype) \(depth)",
        byteCount: AttentionOperands.byteCount(
          attention, queryCount: 1, depth: depth, copies: copies, threads: threads)
      ) {
        try AttentionOperands(attention, queryCount: 1, depth: depth, copies: copies, threads: threads, context)
      }
      let workers = context.workers(threads)
      return KernelRun { operands.decode(workers, copies: rotation.copies) }
    }
  }

  private func headShape(_ heads: Int, sharing keyValueHeads: Int? = nil, width: Int) -> AttentionShape {
    AttentionShape(headCount: heads, keyValueHeadCount: keyValueHeads ?? heads, headDimension: width)
  }
}

private func attention(_ shape: AttentionShape, _ dtype: DType, _ kernels: KernelSet) -> Attention {
  Attention(
    shape, dtype: dtype, arithmetic: dtype, scale: 1 / Float(shape.headDimension).squareRoot(), kernels: kernels)
}
