import KernelInterface

extension Attention {
  /// One token's query heads that share the keys of one head.
  ///
  /// - Parameters:
  ///   - query: [group][head dimension], not scaled.
  ///   - runs: the cached positions that it sees, its own the last; the second may be empty.
  ///   - slopes: ALiBi's, [group].
  ///   - out: [group][head dimension].
  ///   - upcoming: the keys that this worker reads next; they are fetched while the last values are summed.
  ///   - layerScale: a layer's own factor on the scores.
  ///   - keyBiases: added to the scores of each head by key position, `keyBiasStride` floats from head to head, if any.
  public func decode(
    query: UnsafePointer<Float>, position: Int, runs: (KeyValueRun, KeyValueRun), slopes: UnsafePointer<Float>,
    out: UnsafeMutablePointer<Float>, upcoming: UnsafeRawPointer, scratch: UnsafeMutablePointer<Float>,
    layerScale: Float = 1, keyBiases: UnsafePointer<Float>? = nil, keyBiasStride: Int = 0
  ) {
    let (width, stride, group) = (shape.headDimension, shape.headStride, shape.groupSize)
    let queries = scratch + self.queries
    let sums = scratch + output
    let state = scratch + self.state
    queries.update(repeating: 0, count: group * stride)
    sums.update(repeating: 0, count: group * stride)
    for member in 0..<group {
      kernels.elementwise.scaledCopy(query + member * width, scale * layerScale, queries + member * stride, width)
      state[member] = -Float.greatestFiniteMagnitude
      state[group + member] = 0
    }
    let biases = keyBiases.map { ($0, keyBiasStride) }
    decode(runs.0, then: runs.1.count > 0 ? runs.1.keys : upcoming, position, slopes, biases, scratch)
    if runs.1.count > 0 { decode(runs.1, then: upcoming, position, slopes, biases, scratch) }
    for member in 0..<group {
      kernels.elementwise.scaledCopy(sums + member * stride, 1 / state[group + member], out + member * width, width)
    }
  }

  private func decode(
    _ run: KeyValueRun, then upcoming: UnsafeRawPointer, _ position: Int, _ slopes: UnsafePointer<Float>,
    _ biases: (first: UnsafePointer<Float>, stride: Int)?, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let masks = UnsafeMutableRawPointer(scratch + self.masks).assumingMemoryBound(to: AttentionMask.self)
    for member in 0..<shape.groupSize {
      (masks + member).initialize(
        to: mask(
          firstQuery: position, firstKey: run.firstPosition, slope: slopes[member],
          keyBias: biases.map { $0.first + member * $0.stride }))
    }
    let kernel =
      switch dtype {
      case .fp32: kernels.attention.decodeFP32
      case .bf16: kernels.attention.decodeBF16
      case .fp16: kernels.attention.decodeFP16
      }
    kernel(
      scratch + queries, shape.groupSize, shape.headStride, run.keys, run.values, run.count, scratch + state,
      scratch + output, scratch + scores, masks, upcoming)
  }
}
