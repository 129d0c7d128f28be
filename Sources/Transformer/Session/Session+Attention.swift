import KernelInterface
import Tensor

/// Attention over the KV cache. Work is cut into units that no two workers share: in prefill a head and up to
/// `queryPanels` panels of its queries, in decode a key-value head with all query heads that read it.
extension Session {
  /// Units of a segment.
  func attentionUnits(_ segment: Segment) -> Int {
    if segment.count == 1 { return model.configuration.keyValueHeadCount }
    return model.configuration.headCount * queryBlocks(segment)
  }

  private var unitQueries: Int { SessionLayout.queryPanels * model.kernels.panelWidth }

  private func queryBlocks(_ segment: Segment) -> Int { (segment.count + unitQueries - 1) / unitQueries }

  /// Normalises and rotates this worker's share of queries and keys in place, and stores keys and values.
  func storeKeysAndValues(
    _ worker: Worker, _ index: Int, _ layer: Layer, _ qkv: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let c = model.configuration
    let kernels = model.kernels
    let width = c.headDimension
    for row in worker.share(of: chunk.rowCount) {
      let queries = qkv + row * layout.qkvStride
      let keys = queries + c.queryWidth
      let values = keys + c.keyValueWidth
      normalize(layer.queryNorm, queries, heads: c.headCount)
      normalize(layer.keyNorm, keys, heads: c.keyValueHeadCount)
      if let rotary {
        let cosines = floats(layout.cosines) + row * layout.rotaryPairs
        let sines = floats(layout.sines) + row * layout.rotaryPairs
        let rotate =
          rotary.pairing == .halves ? kernels.elementwise.rotate : kernels.elementwise.rotateNeighbours
        // Keys follow the queries, so all heads of both are one run.
        for head in 0..<c.headCount + c.keyValueHeadCount {
          rotate(queries + head * width, cosines, sines, layout.rotaryPairs)
        }
      }
      let sequence = chunk.sequences[row]
      let position = chunk.positions[row]
      for head in 0..<c.keyValueHeadCount {
        cache.write(
          keys + head * width, to: cache.keys(layer: index, sequence: sequence, head: head), position: position, kernels
        )
        cache.write(
          values + head * width, to: cache.values(layer: index, sequence: sequence, head: head), position: position,
          kernels)
      }
    }
  }

  private func normalize(_ norm: Norm?, _ x: UnsafeMutablePointer<Float>, heads: Int) {
    guard let norm else { return }
    if norm.width == model.configuration.headDimension {
      for head in 0..<heads { norm.apply(model.kernels, x + head * norm.width, x + head * norm.width) }
    } else {
      norm.apply(model.kernels, x, x)
    }
  }

  /// Claims units until none is left.
  func attend(
    _ worker: Worker, _ index: Int, _ qkv: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    var next = 0
    while true {
      let unit = worker.claim()
      if unit >= unitCount { return }
      while next + 1 < chunk.segmentCount && chunk.segments[next + 1].firstUnit <= unit { next += 1 }
      let segment = chunk.segments[next]
      if segment.count == 1 {
        decodeUnit(segment, unit - segment.firstUnit, index, qkv, out, scratch)
      } else {
        prefillUnit(segment, unit - segment.firstUnit, index, qkv, out, scratch)
      }
    }
  }

  /// Positions that the queries from `first` to `last` see.
  private func visible(first: Int, last: Int) -> Range<Int> { max(0, first - attentionWindow + 1)..<last + 1 }

  private func mask(firstQuery: Int, firstKey: Int, head: Int) -> AttentionMask {
    AttentionMask(
      firstQuery: firstQuery, firstKey: firstKey, slope: slopes[head],
      softcap: model.configuration.attentionLogitSoftcap ?? 0, window: attentionWindow,
      keyBias: layout.keyBiasStride == 0
        ? nil : UnsafePointer(floats(layout.keyBiases) + head * layout.keyBiasStride + firstKey))
  }

  // MARK: - Decode

  private func decodeUnit(
    _ segment: Segment, _ head: Int, _ index: Int, _ qkv: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let c = model.configuration
    let kernels = model.kernels
    let group = c.headCount / c.keyValueHeadCount
    let width = c.headDimension
    let stride = cache.headStride
    let queries = scratch + layout.scratchQueries  // [group][head stride]
    let output = scratch + layout.scratchOutput  // [group][head stride]
    let state = scratch + layout.scratchState  // [2][group]
    let scores = scratch + layout.scratchScores
    let masks = UnsafeMutableRawPointer(scores + AttentionKernels.decodeBlock)
      .assumingMemoryBound(to: AttentionMask.self)  // [group]
    let scale = c.softmaxScale(layer: index)
    queries.update(repeating: 0, count: group * stride)
    output.update(repeating: 0, count: group * stride)
    for member in 0..<group {
      let query = qkv + segment.firstRow * layout.qkvStride + (head * group + member) * width
      kernels.elementwise.scaledCopy(query, scale, queries + member * stride, width)
      state[member] = -Float.greatestFiniteMagnitude
      state[group + member] = 0
    }
    let run =
      switch cache.dtype {
      case .fp32: kernels.attention.decodeFP32
      case .bf16: kernels.attention.decodeBF16
      case .fp16: kernels.attention.decodeFP16
      }
    let keys = cache.keys(layer: index, sequence: segment.sequence, head: head)
    let values = cache.values(layer: index, sequence: segment.sequence, head: head)
    let position = segment.firstPosition
    let runs = cache.runs(of: visible(first: position, last: position))
    for part in [runs.0, runs.1] where part.count > 0 {
      for member in 0..<group {
        (masks + member).initialize(
          to: mask(firstQuery: position, firstKey: part.firstPosition, head: head * group + member))
      }
      let offset = part.slot * cache.rowBytes
      run(queries, group, stride, keys + offset, values + offset, part.count, state, output, scores, masks)
    }
    for member in 0..<group {
      let target = out + segment.firstRow * layout.attentionStride + (head * group + member) * width
      kernels.elementwise.scaledCopy(output + member * stride, 1 / state[group + member], target, width)
    }
  }

  // MARK: - Prefill

  private func prefillUnit(
    _ segment: Segment, _ unit: Int, _ index: Int, _ qkv: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let c = model.configuration
    let head = unit % c.headCount
    let firstQuery = unit / c.headCount * unitQueries
    let count = min(unitQueries, segment.count - firstQuery)
    let width = model.kernels.panelWidth
    let panels = (count + width - 1) / width
    packQueries(segment.firstRow + firstQuery, count, head, c.softmaxScale(layer: index), qkv, scratch)
    (scratch + layout.scratchOutput).update(repeating: 0, count: panels * width * layout.valueStride)
    for panel in 0..<panels {
      let state = scratch + layout.scratchState + panel * 2 * width
      state.update(repeating: -Float.greatestFiniteMagnitude, count: width)
      (state + width).update(repeating: 0, count: width)
    }
    let kvHead = head / (c.headCount / c.keyValueHeadCount)
    let keys = cache.keys(layer: index, sequence: segment.sequence, head: kvHead)
    let values = cache.values(layer: index, sequence: segment.sequence, head: kvHead)
    let position = segment.firstPosition + firstQuery
    let runs = cache.runs(of: visible(first: position, last: position + count - 1))
    for run in [runs.0, runs.1] {
      for first in stride(from: 0, to: run.count, by: SessionLayout.keyBlock) {
        let block = min(SessionLayout.keyBlock, run.count - first)
        loadBlock(keys, values, slot: run.slot + first, count: block, scratch)
        attendBlock(
          head, queries: position, panels, keys: run.firstPosition + first, count: block, scratch)
      }
    }
    for query in 0..<count {
      let panel = query / width
      let sum = scratch[layout.scratchState + panel * 2 * width + width + query % width]
      model.kernels.elementwise.scaledCopy(
        scratch + layout.scratchOutput + query * layout.valueStride, 1 / sum,
        out + (segment.firstRow + firstQuery + query) * layout.attentionStride + head * c.headDimension,
        c.headDimension)
    }
  }

  /// Scaled queries as panels [head width][panel width]; missing ones are 0.
  private func packQueries(
    _ firstRow: Int, _ count: Int, _ head: Int, _ scale: Float, _ qkv: UnsafePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let c = model.configuration
    let width = model.kernels.panelWidth
    let rows = scratch + layout.scratchRows  // [panel width][head width]
    for panel in 0..<(count + width - 1) / width {
      rows.update(repeating: 0, count: width * layout.headWidth)
      for lane in 0..<min(width, count - panel * width) {
        let query = qkv + (firstRow + panel * width + lane) * layout.qkvStride + head * c.headDimension
        model.kernels.elementwise.scaledCopy(
          query, scale, rows + lane * layout.headWidth, c.headDimension)
      }
      model.kernels.conversion.packRowBlockFP32(
        rows, width, layout.headWidth, layout.headWidth,
        scratch + layout.scratchQueries + panel * width * layout.headWidth)
    }
  }

  /// One block of keys, packed as row blocks [head width][rows], and of values, [key][value stride], as fp32.
  private func loadBlock(
    _ keys: UnsafeRawPointer, _ values: UnsafeRawPointer, slot: Int, count: Int, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let kernels = model.kernels
    let rows = scratch + layout.scratchKeys  // [keys][head stride]
    cache.read(keys, slot: slot, count: count, into: rows, stride: cache.headStride, kernels)
    let blocks = (count + kernels.maximumTileRows - 1) / kernels.maximumTileRows
    var first = 0
    for block in 0..<blocks {
      let blockRows = count / blocks + (block < count % blocks ? 1 : 0)
      kernels.conversion.packRowBlockFP32(
        rows + first * cache.headStride, blockRows, layout.headWidth, cache.headStride,
        scratch + layout.scratchPackedKeys + first * layout.headWidth)
      first += blockRows
    }
    let target = scratch + layout.scratchValues
    cache.read(values, slot: slot, count: count, into: rows, stride: cache.headStride, kernels)
    for key in 0..<count {
      (target + key * layout.valueStride).update(
        from: rows + key * cache.headStride, count: model.configuration.headDimension)
    }
  }

  private func attendBlock(
    _ head: Int, queries position: Int, _ panels: Int, keys firstKey: Int, count: Int,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let width = model.kernels.panelWidth
    for panel in 0..<panels {
      let first = position + panel * width
      // Blocks that lie wholly after the panel's queries, or before their windows, are skipped.
      if firstKey > first + width - 1 || firstKey + count - 1 + attentionWindow <= first { continue }
      var mask = mask(firstQuery: first, firstKey: firstKey, head: head)
      model.kernels.attention.prefillBlock(
        scratch + layout.scratchQueries + panel * width * layout.headWidth, layout.headWidth,
        scratch + layout.scratchPackedKeys, count, scratch + layout.scratchValues, layout.valueStride,
        scratch + layout.scratchState + panel * 2 * width,
        scratch + layout.scratchOutput + panel * width * layout.valueStride, scratch + layout.scratchScores, &mask)
    }
  }
}
