import Harness
import KernelInterface
import Tensor

/// What this machine can do at best, each figure measured when it is first asked for and then kept: arithmetic and
/// memory as `llm-bench roofline` measures them, and the caches beside them.
public final class KernelCeilings {
  private let context: KernelContext
  private var machines: [Int: Ceilings] = [:]
  private var caches: [CacheKey: Double] = [:]

  private struct CacheKey: Hashable {
    var level: MemoryLevel
    var threads: Int
  }

  public init(_ context: KernelContext) {
    self.context = context
  }

  /// Floating-point operations a second of `threads` cores whose operands are in registers; 0 when unknown.
  ///
  /// - Parameter arithmetic: bf16 where the hardware multiplies pairs of it; anything else is computed in fp32.
  public func peak(_ arithmetic: DType, threads: Int) -> Double {
    let machine = machine(threads)
    return (arithmetic == .bf16 ? machine?.operationsPerSecond : machine?.fp32OperationsPerSecond) ?? 0
  }

  /// Bytes a second that `threads` cores read from a level; 0 when unknown.
  public func bandwidth(_ level: MemoryLevel, threads: Int) -> Double {
    if level == .memory { return machine(threads)?.bytesPerSecond ?? 0 }
    let key = CacheKey(level: level, threads: threads)
    if let known = caches[key] { return known }
    let measured = cacheBandwidth(key)
    caches[key] = measured
    return measured
  }

  /// The shortest possible time of one call, the longer of its arithmetic and its traffic; 0 when unknown.
  public func bound(_ work: KernelWork, threads: Int) -> Double {
    func seconds(_ amount: Double, _ rate: Double) -> Double { amount > 0 && rate > 0 ? amount / rate : 0 }
    return max(
      seconds(work.flops, work.flops > 0 ? peak(work.arithmetic, threads: threads) : 0),
      seconds(work.bytes, work.bytes > 0 ? bandwidth(work.level, threads: threads) : 0))
  }

  /// Measures all known figures again and keeps the larger of each: a machine that others share may have been held
  /// back the first time.
  public func refresh() {
    for (threads, known) in machines {
      guard let again = measureMachine(threads) else { continue }
      machines[threads] = Ceilings(
        operationsPerSecond: max(known.operationsPerSecond, again.operationsPerSecond),
        fp32OperationsPerSecond: max(known.fp32OperationsPerSecond, again.fp32OperationsPerSecond),
        bytesPerSecond: max(known.bytesPerSecond, again.bytesPerSecond))
    }
    for (key, known) in caches { caches[key] = max(known, cacheBandwidth(key)) }
  }

  private func machine(_ threads: Int) -> Ceilings? {
    if let known = machines[threads] { return known }
    let measured = measureMachine(threads)
    machines[threads] = measured
    return measured
  }

  private func measureMachine(_ threads: Int) -> Ceilings? {
    Ceilings.measure(context.kernels, dtype: .bf16, threads: threads)
  }

  /// Half of a cache is read, so that all of it stays there.
  private func cacheBandwidth(_ key: CacheKey) -> Double {
    let threads = key.threads
    let share =
      switch key.level {
      case .l1: context.caches.l1 / 2
      case .l2: context.caches.l2 / 2
      case .l3, .memory: context.caches.l3 / 2 / threads
      }
    let bytes = max(1024, share & ~1023)
    let passes = max(1, (4 << 20) / bytes)
    guard share > 0, let storage = try? Storage(byteCount: bytes * threads) else { return 0 }
    let workers = context.workers(threads)
    let read = context.kernels.probe.read
    // Written once: pages that were never written are all the same page of zeros.
    workers.run { worker in
      (storage.base + worker.index * bytes).initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    }
    let seconds = Self.shortest {
      workers.run { worker in
        for _ in 0..<passes { Self.keep(read(storage.base + worker.index * bytes, bytes)) }
      }
    }
    return Double(bytes) * Double(passes) * Double(threads) / seconds
  }

  /// The shortest time of `body`, which is called until twelve calls in a row have not beaten it by a two-hundredth.
  ///
  /// A ceiling is what the machine does undisturbed, so the best call counts, not the usual one.
  private static func shortest(_ body: () -> Void) -> Double {
    body()
    var best = Double.infinity
    var since = 0
    var calls = 0
    while since < 12 && calls < 120 {
      let seconds = Clock.seconds(body)
      since = seconds < best * 0.995 ? 0 : since + 1
      best = min(best, seconds)
      calls += 1
    }
    return best
  }

  /// Keeps a result, and so what computed it, from being optimised away.
  @inline(never) private static func keep(_ value: Float) {}
}
