import KernelInterface
import Tensor

/// Queries of a prompt or of one token, and as many caches of a depth as take turns.
final class AttentionOperands {
  private let attention: Attention
  private let depth: Int
  private let layout: Layout
  private let storage: Storage
  private let queries: UnsafeMutablePointer<Float>  // [queries][row stride], of which [heads][width]
  private let out: UnsafeMutablePointer<Float>  // as the queries
  private let slopes: UnsafeMutablePointer<Float>  // [heads], all 0
  private var next = 0

  private struct Layout {
    let cacheBytes: Int
    /// Floats of a row of queries or outputs, as far apart as a model's.
    let rowStride: Int
    let queries: Int
    let out: Int
    let slopes: Int
    let scratch: Int
    let byteCount: Int

    /// The caches come first.
    init(_ attention: Attention, queryCount: Int, depth: Int, copies: Int, threads: Int) {
      let shape = attention.shape
      rowStride = Linear.rowStride(
        columns: shape.headCount * shape.headDimension, panelWidth: attention.panelWidth)
      let queryBytes = queryCount * rowStride * 4
      var arena = Arena()
      cacheBytes = shape.cacheBytes(attention.dtype, keys: depth)
      _ = arena.reserve(cacheBytes * copies)
      queries = arena.reserve(queryBytes)
      out = arena.reserve(queryBytes)
      slopes = arena.reserve(shape.headCount * 4)
      scratch = arena.reserve(attention.scratchByteCount * threads, alignment: 4096)
      byteCount = arena.used
    }
  }

  /// Bytes that `init` takes.
  static func byteCount(_ attention: Attention, queryCount: Int, depth: Int, copies: Int, threads: Int) -> Int {
    Layout(attention, queryCount: queryCount, depth: depth, copies: copies, threads: threads).byteCount
  }

  init(
    _ attention: Attention, queryCount: Int, depth: Int, copies: Int, threads: Int, _ context: KernelContext
  ) throws {
    let layout = Layout(attention, queryCount: queryCount, depth: depth, copies: copies, threads: threads)
    let storage = try Storage(byteCount: layout.byteCount)
    let kernels = context.kernels
    let base = storage.base
    self.attention = attention
    self.depth = depth
    self.layout = layout
    self.storage = storage
    queries = (base + layout.queries).assumingMemoryBound(to: Float.self)
    out = (base + layout.out).assumingMemoryBound(to: Float.self)
    slopes = (base + layout.slopes).assumingMemoryBound(to: Float.self)
    let (dtype, queries, out) = (attention.dtype, queries, out)
    let elements = layout.cacheBytes * copies / dtype.byteCount
    let queryElements = queryCount * layout.rowStride
    context.workers(threads).run { worker in
      let rows = worker.share(of: queryElements, unit: 16)
      // What lies beyond a share of the outputs belongs to another worker, so the numbers go through its own part.
      let cached = worker.share(of: elements, unit: 16)
      CachedRows.fill(
        base + cached.lowerBound * dtype.byteCount, dtype, count: cached.count, key: UInt32(worker.index),
        scratch: out + rows.lowerBound, scratchCount: max(1, rows.count), kernels)
      kernels.random.normal(UInt32(worker.index), 8, 1, queries + rows.lowerBound, rows.count)
    }
  }

  /// A whole prompt's attention.
  func prefill(_ workers: Workers) {
    let shape = attention.shape
    let units = attention.prefillUnits(depth)
    workers.run { worker in
      while true {
        let unit = worker.claim()
        if unit >= units { return }
        let (head, rows) = attention.prefillUnit(unit, of: depth)
        let offset = rows.lowerBound * layout.rowStride + head * shape.headDimension
        attention.prefill(
          firstQuery: queries + offset, queryStride: layout.rowStride, count: rows.count, position: rows.lowerBound,
          runs: runs(head / shape.groupSize, count: rows.upperBound, cache: 0), slope: 0, out: out + offset,
          outStride: layout.rowStride, scratch: scratch(worker))
      }
    }
  }

  /// One token's attention to the cache that was used longest ago, among `copies`.
  func decode(_ workers: Workers, copies: Int) {
    let shape = attention.shape
    let (cache, following) = (next % copies, (next &+ 1) % copies)
    next &+= 1
    workers.run { worker in
      var head = worker.claim()
      while head < shape.keyValueHeadCount {
        let upcoming = worker.claim()
        let offset = head * shape.groupSize * shape.headDimension
        let more = upcoming < shape.keyValueHeadCount
        attention.decode(
          query: queries + offset, position: depth - 1, runs: runs(head, count: depth, cache: cache), slopes: slopes,
          out: out + offset,
          upcoming: runs(more ? upcoming : worker.index, count: 0, cache: more ? cache : following).0.keys,
          scratch: scratch(worker))
        head = upcoming
      }
    }
  }

  private func scratch(_ worker: Worker) -> UnsafeMutablePointer<Float> {
    (storage.base + layout.scratch + worker.index * attention.scratchByteCount).assumingMemoryBound(to: Float.self)
  }

  private func runs(_ head: Int, count: Int, cache: Int) -> (KeyValueRun, KeyValueRun) {
    let rowBytes = attention.shape.headStride * attention.dtype.byteCount
    let keys = UnsafeRawPointer(storage.base + cache * layout.cacheBytes + head * depth * rowBytes)
    let run = KeyValueRun(keys: keys, values: keys + layout.cacheBytes / 2, firstPosition: 0, count: count)
    return (run, KeyValueRun(keys: keys, values: keys, firstPosition: count, count: 0))
  }
}
