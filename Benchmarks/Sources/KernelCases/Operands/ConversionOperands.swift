import KernelInterface
import Tensor

/// Elements of every worker in fp32 and in a 16-bit format.
final class ConversionOperands {
  let wide: UnsafeMutablePointer<Float>  // [threads][count]
  let narrow: UnsafeMutablePointer<UInt16>  // [threads][count]
  private let storage: Storage

  /// - Parameter count: elements of one worker.
  init(count: Int, threads: Int, _ context: KernelContext) throws {
    var arena = Arena()
    let first = arena.reserve(count * threads * 4)
    let second = arena.reserve(count * threads * 2)
    let storage = try Storage(byteCount: arena.used)
    let wide = (storage.base + first).assumingMemoryBound(to: Float.self)
    let narrow = (storage.base + second).assumingMemoryBound(to: UInt16.self)
    let kernels = context.kernels
    context.workers(threads).run { worker in
      kernels.random.normal(UInt32(worker.index), 5, 1, wide + worker.index * count, count)
      kernels.conversion.bf16FromFP32(wide + worker.index * count, narrow + worker.index * count, count)
    }
    self.storage = storage
    self.wide = wide
    self.narrow = narrow
  }
}

/// Rows of every worker, and room for them packed.
final class PackingOperands {
  let source: UnsafeMutablePointer<Float>  // [threads][count]
  let target: UnsafeMutableRawPointer  // [threads][count], 4 bytes each
  private let storage: Storage

  /// - Parameter count: elements of one worker, padding included.
  init(count: Int, threads: Int, _ context: KernelContext) throws {
    let storage = try Storage(byteCount: 8 * count * threads)
    let source = storage.base.assumingMemoryBound(to: Float.self)
    let kernels = context.kernels
    context.workers(threads).run { worker in
      kernels.random.normal(UInt32(worker.index), 6, 1, source + worker.index * count, count)
    }
    self.storage = storage
    self.source = source
    target = storage.base + 4 * count * threads
  }
}
