import KernelInterface
import Tensor

/// A prompt's queries, and the keys and values that a KV cache holds of it.
///
/// The loops are those of a forward pass: a worker takes a head and up to `queryPanels` panels of its queries, packs
/// these once, and packs each block of keys once for all of them.
final class AttentionPrefillOperands {
  private static let keyBlock = 128
  private static let queryPanels = 8

  private let shape: AttentionShape
  private let dtype: DType
  private let tokens: Int
  private let kernels: KernelSet
  private let layout: Layout
  private let storage: Storage
  private let queries: UnsafeMutablePointer<Float>  // [tokens][heads][width]
  private let out: UnsafeMutablePointer<Float>  // [tokens][heads][width]

  struct Layout {
    let cacheBytes: Int
    let queries: Int
    let out: Int
    let scratch: Int
    let scratchBytes: Int
    let byteCount: Int
    /// Floats of a head in packed queries: even.
    let headWidth: Int
    /// Floats of a head in values and sums: whole panels.
    let valueStride: Int
    // A worker's scratch, in floats.
    let rows: Int  // [key block or panel width][stride]
    let packedKeys: Int  // row blocks [head width][rows] of a key block
    let values: Int  // [key block][value stride]
    let packedQueries: Int  // [query panels][head width][panel width]
    let sums: Int  // [query panels][panel width][value stride]
    let state: Int  // [query panels][2][panel width]
    let scores: Int  // [key block][panel width]

    /// The cache comes first.
    init(_ shape: AttentionShape, _ dtype: DType, tokens: Int, threads: Int, _ kernels: KernelSet) {
      let width = kernels.panelWidth
      headWidth = (shape.width + 1) & ~1
      valueStride = (shape.width + width - 1) / width * width
      var scratchArena = Arena()
      func floats(_ count: Int) -> Int { scratchArena.reserve(count * 4) / 4 }
      rows = floats(max(keyBlock, width) * shape.stride)
      packedKeys = floats(keyBlock * headWidth)
      values = floats(keyBlock * valueStride)
      packedQueries = floats(queryPanels * width * headWidth)
      sums = floats(queryPanels * width * valueStride)
      state = floats(queryPanels * 2 * width)
      scores = floats(keyBlock * width)
      scratchBytes = (scratchArena.used + 4095) & ~4095
      var arena = Arena()
      cacheBytes = shape.cacheBytes(dtype, keys: tokens)
      _ = arena.reserve(cacheBytes)
      queries = arena.reserve(tokens * shape.heads * shape.width * 4)
      out = arena.reserve(tokens * shape.heads * shape.width * 4)
      scratch = arena.reserve(scratchBytes * threads, alignment: 4096)
      byteCount = arena.used
    }
  }

  /// Bytes that `init` takes.
  static func byteCount(
    _ shape: AttentionShape, _ dtype: DType, tokens: Int, threads: Int, _ kernels: KernelSet
  ) -> Int {
    Layout(shape, dtype, tokens: tokens, threads: threads, kernels).byteCount
  }

  init(_ shape: AttentionShape, _ dtype: DType, tokens: Int, threads: Int, _ context: KernelContext) throws {
    let layout = Layout(shape, dtype, tokens: tokens, threads: threads, context.kernels)
    let storage = try Storage(byteCount: layout.byteCount)
    let kernels = context.kernels
    let base = storage.base
    self.shape = shape
    self.dtype = dtype
    self.tokens = tokens
    self.kernels = kernels
    self.layout = layout
    self.storage = storage
    queries = (base + layout.queries).assumingMemoryBound(to: Float.self)
    out = (base + layout.out).assumingMemoryBound(to: Float.self)
    let elements = layout.cacheBytes / dtype.byteCount
    let queries = queries
    context.workers(threads).run { worker in
      let share = worker.share(of: elements, unit: 16)
      CachedRows.fill(
        base + share.lowerBound * dtype.byteCount, dtype, count: share.count, key: UInt32(worker.index),
        scratch: (base + layout.scratch + worker.index * layout.scratchBytes).assumingMemoryBound(to: Float.self),
        scratchCount: layout.scratchBytes / 4, kernels)
      let rows = worker.share(of: tokens * shape.heads * shape.width)
      kernels.random.normal(UInt32(worker.index), 8, 1, queries + rows.lowerBound, rows.count)
    }
  }

  /// The whole prompt's attention.
  func attend(_ workers: Workers) {
    let unitQueries = Self.queryPanels * kernels.panelWidth
    let units = shape.heads * ((tokens + unitQueries - 1) / unitQueries)
    workers.run { worker in
      while true {
        let unit = worker.claim()
        if unit >= units { return }
        attendUnit(
          head: unit % shape.heads, firstQuery: unit / shape.heads * unitQueries,
          scratch: (storage.base + layout.scratch + worker.index * layout.scratchBytes)
            .assumingMemoryBound(to: Float.self))
      }
    }
  }

  private func attendUnit(head: Int, firstQuery: Int, scratch: UnsafeMutablePointer<Float>) {
    let width = kernels.panelWidth
    let count = min(Self.queryPanels * width, tokens - firstQuery)
    let panels = (count + width - 1) / width
    packQueries(head, firstQuery, count, scratch)
    (scratch + layout.sums).update(repeating: 0, count: panels * width * layout.valueStride)
    for panel in 0..<panels {
      let state = scratch + layout.state + panel * 2 * width
      state.update(repeating: -Float.greatestFiniteMagnitude, count: width)
      (state + width).update(repeating: 0, count: width)
    }
    let visible = firstQuery + count
    for firstKey in stride(from: 0, to: visible, by: Self.keyBlock) {
      let keys = min(Self.keyBlock, visible - firstKey)
      loadBlock(head / shape.group, firstKey, keys, scratch)
      for panel in 0..<panels {
        let first = firstQuery + panel * width
        // Wholly after the panel's queries.
        if firstKey > first + width - 1 { continue }
        var mask = AttentionMask(firstQuery: first, firstKey: firstKey, slope: 0, softcap: 0, window: 1 << 40)
        kernels.attention.prefillBlock(
          scratch + layout.packedQueries + panel * width * layout.headWidth, layout.headWidth,
          scratch + layout.packedKeys, keys, scratch + layout.values, layout.valueStride,
          scratch + layout.state + panel * 2 * width, scratch + layout.sums + panel * width * layout.valueStride,
          scratch + layout.scores, &mask)
      }
    }
    for query in 0..<count {
      let sum = scratch[layout.state + query / width * 2 * width + width + query % width]
      kernels.elementwise.scaledCopy(
        scratch + layout.sums + query * layout.valueStride, 1 / sum,
        out + ((firstQuery + query) * shape.heads + head) * shape.width, shape.width)
    }
  }

  /// Scaled queries as panels; missing ones are 0.
  private func packQueries(_ head: Int, _ first: Int, _ count: Int, _ scratch: UnsafeMutablePointer<Float>) {
    let width = kernels.panelWidth
    let rows = scratch + layout.rows  // [panel width][head width]
    let scale = 1 / Float(shape.width).squareRoot()
    for panel in 0..<(count + width - 1) / width {
      rows.update(repeating: 0, count: width * layout.headWidth)
      for lane in 0..<min(width, count - panel * width) {
        let query = queries + ((first + panel * width + lane) * shape.heads + head) * shape.width
        kernels.elementwise.scaledCopy(query, scale, rows + lane * layout.headWidth, shape.width)
      }
      kernels.conversion.packRowBlockFP32(
        rows, width, layout.headWidth, layout.headWidth,
        scratch + layout.packedQueries + panel * width * layout.headWidth)
    }
  }

  /// A block of keys packed as row blocks, and of values as rows, both widened.
  private func loadBlock(_ head: Int, _ first: Int, _ count: Int, _ scratch: UnsafeMutablePointer<Float>) {
    let keys = storage.base + (head * tokens + first) * shape.stride * dtype.byteCount
    let rows = scratch + layout.rows  // [count][stride]
    CachedRows.read(keys, dtype, count: count * shape.stride, into: rows, kernels)
    let blocks = (count + kernels.maximumTileRows - 1) / kernels.maximumTileRows
    var done = 0
    for block in 0..<blocks {
      let blockRows = count / blocks + (block < count % blocks ? 1 : 0)
      kernels.conversion.packRowBlockFP32(
        rows + done * shape.stride, blockRows, layout.headWidth, shape.stride,
        scratch + layout.packedKeys + done * layout.headWidth)
      done += blockRows
    }
    CachedRows.read(keys + layout.cacheBytes / 2, dtype, count: count * shape.stride, into: rows, kernels)
    for key in 0..<count {
      (scratch + layout.values + key * layout.valueStride).update(from: rows + key * shape.stride, count: shape.width)
    }
  }
}
