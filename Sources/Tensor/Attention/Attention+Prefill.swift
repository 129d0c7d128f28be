import KernelInterface

extension Attention {
  /// Up to `unitQueries` queries of one head against the cached keys that they see.
  ///
  /// - Parameters:
  ///   - firstQuery: the first query, not scaled; the others follow `queryStride` floats apart.
  ///   - position: absolute position of the first query.
  ///   - runs: the cached positions that any of them sees; the second may be empty.
  ///   - slope: ALiBi's.
  ///   - out: [count][outStride], the head dimension written.
  ///   - layerScale: a layer's own factor on the scores.
  ///   - keyBias: added to the score of each key position, from 0 on; `nil` for none.
  public func prefill(
    firstQuery: UnsafePointer<Float>, queryStride: Int, count: Int, position: Int, runs: (KeyValueRun, KeyValueRun),
    slope: Float, out: UnsafeMutablePointer<Float>, outStride: Int, scratch: UnsafeMutablePointer<Float>,
    layerScale: Float = 1, keyBias: UnsafePointer<Float>? = nil
  ) {
    let width = panelWidth
    let panels = (count + width - 1) / width
    packQueries(firstQuery, queryStride, count, scale * layerScale, scratch)
    for panel in 0..<panels {
      let state = scratch + self.state + panel * 2 * width
      state.update(repeating: -Float.greatestFiniteMagnitude, count: width)
      (state + width).update(repeating: 0, count: width)
    }
    prefill(runs.0, position, panels, slope, keyBias, scratch)
    prefill(runs.1, position, panels, slope, keyBias, scratch)
    for query in 0..<count {
      let sum = scratch[state + query / width * 2 * width + width + query % width]
      kernels.elementwise.scaledCopy(
        scratch + output + query * valueWidth, 1 / sum, out + query * outStride, shape.headDimension)
    }
  }

  private func prefill(
    _ run: KeyValueRun, _ position: Int, _ panels: Int, _ slope: Float, _ keyBias: UnsafePointer<Float>?,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let width = panelWidth
    let rowBytes = shape.headStride * dtype.byteCount
    let (block, step) = pairs.map { ($0.prefillBlock, 2) } ?? (kernels.attention.prefillBlock, 1)
    for first in stride(from: 0, to: run.count, by: Attention.keyBlock) {
      let count = min(Attention.keyBlock, run.count - first)
      let firstKey = run.firstPosition + first
      // Copied even when nothing is converted: a tile reads twelve rows side by side, which no prefetcher follows.
      if let pairs {
        UnsafeMutableRawPointer(scratch + rows).copyMemory(
          from: run.keys + first * rowBytes, byteCount: count * rowBytes)
        pairs.pairRows(
          (run.values + first * rowBytes).assumingMemoryBound(to: UInt16.self), count, shape.headStride,
          scratch + values,
          valueStride)
      } else {
        widen(run.keys + first * rowBytes, count, to: scratch + rows, stride: shape.headStride)
        widen(run.values + first * rowBytes, count, to: scratch + values, stride: valueStride)
      }
      for panel in 0..<panels {
        let query = position + panel * width
        // Blocks that lie wholly after the panel's queries, or before their windows, are skipped.
        if firstKey > query + width - 1 || firstKey + count - 1 + window <= query { continue }
        var mask = mask(firstQuery: query, firstKey: firstKey, slope: slope, keyBias: keyBias)
        block(
          scratch + queries + panel * width * headWidth, headWidth / step, scratch + rows, shape.headStride / step,
          count,
          scratch + values, valueWidth, valueStride, scratch + state + panel * 2 * width,
          scratch + output + panel * width * valueWidth, scratch + scores, &mask)
      }
    }
  }

  /// Scaled queries as panels [head width][panel width], or in pairs; missing ones are 0.
  private func packQueries(
    _ first: UnsafePointer<Float>, _ stride: Int, _ count: Int, _ scale: Float,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let width = panelWidth
    for panel in 0..<(count + width - 1) / width {
      let target = scratch + queries + panel * width * headWidth
      var source = first + panel * width * stride
      var sourceStride = stride
      let panelCount = min(width, count - panel * width)
      if panelCount < width || headWidth > shape.headDimension {
        let rows = scratch + self.rows  // [panel width][head width]
        rows.update(repeating: 0, count: width * headWidth)
        for lane in 0..<panelCount {
          (rows + lane * headWidth).update(from: source + lane * stride, count: shape.headDimension)
        }
        source = UnsafePointer(rows)
        sourceStride = headWidth
      }
      (pairs?.packQueries ?? kernels.attention.packQueries)(source, sourceStride, scale, headWidth, target)
    }
  }

  /// Copies `count` rows of a cache as fp32, `stride` floats apart; what lies beyond the head stride stays.
  private func widen(_ cached: UnsafeRawPointer, _ count: Int, to out: UnsafeMutablePointer<Float>, stride: Int) {
    let rowElements = shape.headStride
    let (rowCount, rowLength) = stride == rowElements ? (1, count * rowElements) : (count, rowElements)
    for row in 0..<rowCount {
      let source = cached + row * rowElements * dtype.byteCount
      let target = out + row * stride
      switch dtype {
      case .fp32: target.update(from: source.assumingMemoryBound(to: Float.self), count: rowLength)
      case .bf16: kernels.conversion.fp32FromBF16(source.assumingMemoryBound(to: UInt16.self), target, rowLength)
      case .fp16: kernels.conversion.fp32FromFP16(source.assumingMemoryBound(to: UInt16.self), target, rowLength)
      }
    }
  }
}
