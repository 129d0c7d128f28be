import KernelInterface
import Tensor

/// A token's queries and as many caches of the same depth as no processor cache holds, which take turns as the layers
/// of a model do.
final class AttentionDecodeOperands {
  private let shape: AttentionShape
  private let depth: Int
  private let storage: Storage
  private let cacheBytes: Int
  private let queries: UnsafeMutablePointer<Float>  // [heads][stride], scaled
  private let out: UnsafeMutablePointer<Float>  // [heads][width]
  private let scratch: UnsafeMutableRawPointer  // [threads][scratch bytes]
  private let scratchBytes: Int
  private let masks: UnsafeMutablePointer<AttentionMask>  // [heads]
  private let kernels: KernelSet
  private let run: AttentionKernels.DecodeRun
  private let rowBytes: Int
  private var next = 0

  private struct Layout {
    var queries: Int
    var out: Int
    var scratch: Int
    var scratchBytes: Int
    var masks: Int
    var byteCount: Int

    /// The caches come first.
    init(_ shape: AttentionShape, _ dtype: DType, depth: Int, copies: Int, threads: Int) {
      var arena = Arena()
      _ = arena.reserve(shape.cacheBytes(dtype, keys: depth) * copies)
      queries = arena.reserve(shape.heads * shape.stride * 4)
      out = arena.reserve(shape.heads * shape.width * 4)
      // Sums [group][stride], maxima and sums of weights [2][group], scores; each worker's on pages of its own.
      scratchBytes = ((shape.group * (shape.stride + 2) + AttentionKernels.decodeBlock) * 4 + 4095) & ~4095
      scratch = arena.reserve(scratchBytes * threads, alignment: 4096)
      masks = arena.reserve(shape.heads * MemoryLayout<AttentionMask>.stride)
      byteCount = arena.used
    }
  }

  /// Bytes that `init` takes.
  static func byteCount(_ shape: AttentionShape, _ dtype: DType, depth: Int, copies: Int, threads: Int) -> Int {
    Layout(shape, dtype, depth: depth, copies: copies, threads: threads).byteCount
  }

  init(
    _ shape: AttentionShape, _ dtype: DType, depth: Int, copies: Int, threads: Int, _ context: KernelContext
  ) throws {
    let layout = Layout(shape, dtype, depth: depth, copies: copies, threads: threads)
    let storage = try Storage(byteCount: layout.byteCount)
    let kernels = context.kernels
    let base = storage.base
    self.shape = shape
    self.depth = depth
    self.storage = storage
    self.kernels = kernels
    cacheBytes = shape.cacheBytes(dtype, keys: depth)
    rowBytes = shape.stride * dtype.byteCount
    queries = (base + layout.queries).assumingMemoryBound(to: Float.self)
    out = (base + layout.out).assumingMemoryBound(to: Float.self)
    scratch = base + layout.scratch
    scratchBytes = layout.scratchBytes
    masks = (base + layout.masks).assumingMemoryBound(to: AttentionMask.self)
    run =
      switch dtype {
      case .fp32: kernels.attention.decodeFP32
      case .bf16: kernels.attention.decodeBF16
      case .fp16: kernels.attention.decodeFP16
      }
    let elements = shape.cacheBytes(dtype, keys: depth) * copies / dtype.byteCount
    let (scratch, scratchBytes) = (scratch, scratchBytes)
    context.workers(threads).run { worker in
      let share = worker.share(of: elements, unit: 16)
      CachedRows.fill(
        base + share.lowerBound * dtype.byteCount, dtype, count: share.count, key: UInt32(worker.index),
        scratch: (scratch + worker.index * scratchBytes).assumingMemoryBound(to: Float.self),
        scratchCount: scratchBytes / 4, kernels)
    }
    kernels.random.normal(7, 7, 1 / Float(shape.width).squareRoot(), queries, shape.heads * shape.stride)
    for head in 0..<shape.heads {
      // Padding is zero in a cache's rows; a zero on one side of the product is enough.
      for element in shape.width..<shape.stride { queries[head * shape.stride + element] = 0 }
      (masks + head).initialize(
        to: AttentionMask(firstQuery: depth - 1, firstKey: 0, slope: 0, softcap: 0, window: 1 << 40))
    }
  }

  /// Attends to the cache that was used longest ago, among `copies`; the workers take a head of keys at a time.
  func attend(_ workers: Workers, copies used: Int) {
    let keys = storage.base + next % used * cacheBytes
    next &+= 1
    let values = keys + cacheBytes / 2
    let (shape, depth, rowBytes, kernels, run) = (shape, depth, rowBytes, kernels, run)
    let (queries, out, masks, scratch, scratchBytes) = (queries, out, masks, scratch, scratchBytes)
    workers.run { worker in
      let group = shape.group
      let sums = (scratch + worker.index * scratchBytes).assumingMemoryBound(to: Float.self)
      let state = sums + group * shape.stride
      while true {
        let head = worker.claim()
        if head >= shape.keyValueHeads { return }
        sums.update(repeating: 0, count: group * shape.stride)
        state.update(repeating: -Float.greatestFiniteMagnitude, count: group)
        (state + group).update(repeating: 0, count: group)
        let first = head * group
        let offset = head * depth * rowBytes
        run(
          queries + first * shape.stride, group, shape.stride, keys + offset, values + offset, depth, state, sums,
          state + 2 * group, masks + first)
        for member in 0..<group {
          kernels.elementwise.scaledCopy(
            sums + member * shape.stride, 1 / state[group + member], out + (first + member) * shape.width, shape.width)
        }
      }
    }
  }
}
