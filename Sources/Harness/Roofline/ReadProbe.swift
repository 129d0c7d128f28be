import KernelInterface
import Tensor

/// Measures the read bandwidth of main memory over a buffer that no cache holds.
final class ReadProbe {
  /// How the workers divide the buffer.
  enum Access: String, CaseIterable, Sendable {
    /// Each reads one contiguous share.
    case share
    /// Each takes the next block that nobody has read.
    case claimed
  }

  /// Bytes of the buffer.
  let byteCount: Int
  private let storage: Storage
  private let read: ProbeKernels.Read

  /// Bytes of one claimed block: about what a worker of a decode step streams at a time.
  static let blockBytes = 1 << 20

  /// Bytes that a buffer should have: several times what all last-level caches hold, and not more than a quarter of
  /// what is free. `nil` when that is too little to tell memory from caches.
  static func byteCount(lastLevelCache: Int, threads: Int, available: Int?) -> Int? {
    let perCache = max(8 << 20, min(lastLevelCache, 1 << 30))
    // Each thread may have a last-level cache of its own.
    let wanted = min(4 << 30, max(512 << 20, 4 * perCache * min(threads, 64)))
    let allowed = available.map { min(wanted, $0 / 4) } ?? wanted
    guard allowed >= 2 * perCache else { return nil }
    return allowed / blockBytes * blockBytes
  }

  /// Allocates the buffer and touches its pages, each on the worker that is first to need it.
  ///
  /// - Throws: `OutOfMemory` when the system refuses.
  init(_ kernels: KernelSet, byteCount: Int, workers: Workers) throws(OutOfMemory) {
    storage = try Storage(byteCount: byteCount)
    self.byteCount = byteCount
    read = kernels.probe.read
    let base = storage.base
    workers.run { worker in
      // Pages that nobody has written are all the same page of zeros, which a cache holds.
      for offset in stride(from: 0, to: byteCount, by: 4096)
      where worker.share(of: byteCount, unit: Self.blockBytes).contains(offset) {
        (base + offset).storeBytes(of: 1, as: UInt8.self)
      }
    }
  }

  /// Bytes a second of all workers together, once.
  func sample(_ workers: Workers, _ access: Access) -> Double {
    let base = UnsafeRawPointer(storage.base)
    let blocks = byteCount / Self.blockBytes
    let seconds =
      switch access {
      case .share:
        workers.seconds { worker in
          let share = worker.share(of: byteCount, unit: Self.blockBytes)
          if !share.isEmpty { _ = read(base + share.lowerBound, share.count) }
        }
      case .claimed:
        workers.seconds { worker in
          while true {
            let block = worker.claim()
            if block >= blocks { return }
            _ = read(base + block * Self.blockBytes, Self.blockBytes)
          }
        }
      }
    return Double(byteCount) / seconds
  }

  /// The better of the two accesses: both are sampled in turn, so that what disturbs one disturbs the other.
  func measure(_ workers: Workers, _ steady: SteadyMaximum, now: () -> Double) -> (access: Access, rate: Rate) {
    var best: [Access: Double] = [:]
    var turn = 0
    let rate = steady.measure(now: now) {
      let access = Access.allCases[turn % Access.allCases.count]
      turn += 1
      let value = sample(workers, access)
      best[access] = max(value, best[access] ?? 0)
      return value
    }
    return (best.max { $0.value < $1.value }?.key ?? .share, rate)
  }
}
