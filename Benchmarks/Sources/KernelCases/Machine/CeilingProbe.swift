import KernelInterface
import Tensor

/// Short measurements of what some workers can do at best: a few milliseconds each, so that they fit between the
/// samples of a kernel and tell what the machine gave in the same moments.
final class CeilingProbe {
  private let workers: Workers
  private let probe: ProbeKernels
  private let caches: CacheSizes
  private var blocks: [MemoryLevel: Storage] = [:]

  init(workers: Workers, kernels: KernelSet, caches: CacheSizes) {
    self.workers = workers
    probe = kernels.probe
    self.caches = caches
  }

  /// Floating-point operations a second with all operands in registers, over about a millisecond.
  func operationsPerSecond(_ arithmetic: DType) -> Double {
    let pairs = arithmetic == .bf16 ? probe.peakBF16 : nil
    let peak = pairs ?? probe.peakFP32
    let operations = pairs == nil ? probe.peakFP32OperationsPerIteration : probe.peakBF16OperationsPerIteration
    let iterations = 200_000_000 / operations
    let seconds = Clock.seconds { workers.run { _ in Self.keep(peak(iterations)) } }
    return Double(operations) * Double(iterations) * Double(workers.count) / seconds
  }

  /// Bytes a second from a level of the memory; 0 when no block for it can be had.
  func bytesPerSecond(_ level: MemoryLevel) -> Double {
    let bytes = share(of: level)
    guard bytes > 0, let block = block(level, bytes) else { return 0 }
    let read = probe.read
    let passes = max(1, (4 << 20) / bytes)
    let seconds = Clock.seconds {
      workers.run { worker in
        for _ in 0..<passes { Self.keep(read(block.base + worker.index * bytes, bytes)) }
      }
    }
    return Double(bytes) * Double(passes) * Double(workers.count) / seconds
  }

  /// Bytes that each worker reads: half of a cache, so that all of it stays there, or more than the caches hold.
  private func share(of level: MemoryLevel) -> Int {
    let bytes =
      switch level {
      case .l1: caches.l1 / 2
      case .l2: caches.l2 / 2
      case .l3: caches.l3 / 2 / workers.count
      case .memory: caches.cold / workers.count
      }
    return max(1024, bytes & ~1023)
  }

  private func block(_ level: MemoryLevel, _ bytes: Int) -> Storage? {
    if let known = blocks[level] { return known }
    guard let block = try? Storage(byteCount: bytes * workers.count) else { return nil }
    // Written once: pages that were never written are all the same page of zeros.
    workers.run { worker in
      (block.base + worker.index * bytes).initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    }
    blocks[level] = block
    return block
  }

  /// Keeps a result, and so what computed it, from being optimised away.
  @inline(never) private static func keep(_ value: Float) {}
}
