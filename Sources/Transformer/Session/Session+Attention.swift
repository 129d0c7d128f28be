import KernelInterface
import Tensor

/// Attention over the KV cache: the segments' units of work, and keys and values on their way into the cache.
extension Session {
  /// Units of a segment.
  func attentionUnits(_ segment: Segment) -> Int {
    segment.count == 1 ? attention.decodeUnits : attention.prefillUnits(segment.count)
  }

  /// Normalises and rotates this worker's share of queries and keys in place, and stores keys and values. Heads of keys are
  /// shared, so that one token's too are spread over the team, or whole rows where a norm spans their heads.
  func storeKeysAndValues(_ worker: Worker, _ index: Int, _ layer: Layer, _ qkv: UnsafeMutablePointer<Float>) {
    let c = model.configuration
    let width = c.headDimension
    let (headCount, group) = (c.keyValueHeadCount, attention.shape.groupSize)
    let spans = (layer.queryNorm?.width ?? 0) > width || (layer.keyNorm?.width ?? 0) > width
    let rotate =
      rotatesNeighbours ? model.kernels.elementwise.rotateNeighbours : model.kernels.elementwise.rotate
    for unit in worker.share(of: chunk.rowCount * headCount, unit: spans ? headCount : 1) {
      let (row, head) = (unit / headCount, unit % headCount)
      let queries = qkv + row * layout.qkvStride
      let keys = queries + c.queryWidth
      let values = keys + c.keyValueWidth
      let groupHeads = head * group..<(head + 1) * group
      normalize(layer.queryNorm, queries, groupHeads)
      normalize(layer.keyNorm, keys, head..<head + 1)
      if layout.rotaryPairs > 0 {
        let cosines = floats(layout.cosines) + row * layout.rotaryPairs
        let sines = floats(layout.sines) + row * layout.rotaryPairs
        for head in groupHeads { rotate(queries + head * width, cosines, sines, layout.rotaryPairs) }
        rotate(keys + head * width, cosines, sines, layout.rotaryPairs)
      }
      let (sequence, position) = (chunk.sequences[row], chunk.positions[row])
      cache.write(
        keys + head * width, to: cache.keys(layer: index, sequence: sequence, head: head), position: position,
        model.kernels)
      cache.write(
        values + head * width, to: cache.values(layer: index, sequence: sequence, head: head), position: position,
        model.kernels)
    }
  }

  /// Some heads of a row, or before the first of them the whole row where the norm spans its heads.
  private func normalize(_ norm: Norm?, _ x: UnsafeMutablePointer<Float>, _ heads: Range<Int>) {
    guard let norm else { return }
    if norm.width == model.configuration.headDimension {
      for head in heads { norm.apply(model.kernels, x + head * norm.width, x + head * norm.width) }
    } else if heads.lowerBound == 0 {
      norm.apply(model.kernels, x, x)
    }
  }

  /// Claims units until none is left. The next one is claimed before the present one begins, so that its keys can be
  /// fetched ahead.
  func attend(
    _ worker: Worker, _ index: Int, _ qkv: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    var segment = 0
    var unit = worker.claim()
    while unit < unitCount {
      let upcoming = worker.claim()
      segment = segmentIndex(of: unit, from: segment)
      let current = chunk.segments[segment]
      if current.count == 1 {
        decodeUnit(current, unit - current.firstUnit, index, qkv, out, upcoming: upcoming, segment, scratch)
      } else {
        prefillUnit(current, unit - current.firstUnit, index, qkv, out, scratch)
      }
      unit = upcoming
    }
  }

  /// The segment that a unit belongs to, at `first` or later.
  private func segmentIndex(of unit: Int, from first: Int) -> Int {
    var index = first
    while index + 1 < chunk.segmentCount && chunk.segments[index + 1].firstUnit <= unit { index += 1 }
    return index
  }

  /// A key-value head and all query heads that read it.
  private func decodeUnit(
    _ segment: Segment, _ head: Int, _ index: Int, _ qkv: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
    upcoming: Int, _ segmentNumber: Int, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let shape = attention.shape
    let firstHead = head * shape.groupSize
    let position = segment.firstPosition
    let runs = keyValueRuns(segment, index, head, attention.visible(first: position, last: position))
    var next = runs.0.keys
    if upcoming < unitCount {
      let segment = chunk.segments[segmentIndex(of: upcoming, from: segmentNumber)]
      if segment.count == 1 {
        next = UnsafeRawPointer(
          cache.keys(layer: index, sequence: segment.sequence, head: upcoming - segment.firstUnit))
      }
    }
    attention.decode(
      query: qkv + segment.firstRow * layout.qkvStride + firstHead * shape.headDimension, position: position,
      runs: runs, slopes: slopes.baseAddress! + firstHead,
      out: out + segment.firstRow * layout.attentionStride + firstHead * shape.headDimension, upcoming: next,
      scratch: scratch + layout.scratchAttention, layerScale: layerScale(index), keyBiases: keyBiases(firstHead),
      keyBiasStride: layout.keyBiasStride)
  }

  /// A query head and some of its queries.
  private func prefillUnit(
    _ segment: Segment, _ unit: Int, _ index: Int, _ qkv: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let shape = attention.shape
    let (head, queries) = attention.prefillUnit(unit, of: segment.count)
    let position = segment.firstPosition + queries.lowerBound
    let row = segment.firstRow + queries.lowerBound
    attention.prefill(
      firstQuery: qkv + row * layout.qkvStride + head * shape.headDimension, queryStride: layout.qkvStride,
      count: queries.count, position: position,
      runs: keyValueRuns(
        segment, index, head / shape.groupSize,
        attention.visible(first: position, last: position + queries.count - 1)),
      slope: slopes[head], out: out + row * layout.attentionStride + head * shape.headDimension,
      outStride: layout.attentionStride, scratch: scratch + layout.scratchAttention, layerScale: layerScale(index),
      keyBias: keyBiases(head))
  }

  /// A layer's own factor on the scores.
  private func layerScale(_ index: Int) -> Float {
    model.configuration.scalesAttentionByInverseLayer ? 1 / Float(index + 1) : 1
  }

  /// Biases of a head by key position, if the model has any.
  private func keyBiases(_ head: Int) -> UnsafePointer<Float>? {
    layout.keyBiasStride == 0 ? nil : UnsafePointer(floats(layout.keyBiases) + head * layout.keyBiasStride)
  }

  /// Where the cache holds `positions` of a head; the second is empty unless the ring wraps between.
  private func keyValueRuns(
    _ segment: Segment, _ index: Int, _ head: Int, _ positions: Range<Int>
  ) -> (KeyValueRun, KeyValueRun) {
    let keys = cache.keys(layer: index, sequence: segment.sequence, head: head)
    let values = cache.values(layer: index, sequence: segment.sequence, head: head)
    let (first, second) = cache.runs(of: positions)
    func run(_ run: KVCache.Run) -> KeyValueRun {
      let offset = run.slot * cache.rowBytes
      return KeyValueRun(
        keys: keys + offset, values: values + offset, firstPosition: run.firstPosition, count: run.count)
    }
    return (run(first), run(second))
  }
}
