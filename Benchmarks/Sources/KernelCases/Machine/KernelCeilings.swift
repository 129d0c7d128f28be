import Harness
import KernelInterface
import Tensor

/// What this machine can do at best, each figure measured when it is first asked for and then kept: arithmetic and
/// memory as `llm-bench roofline` measures them, and the caches beside them.
public final class KernelCeilings {
  private let context: KernelContext
  private var machines: [Int: Ceilings] = [:]
  private var caches: [CacheKey: Double] = [:]
  private var probes: [Int: CeilingProbe] = [:]

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
    Self.bound(
      work, operationsPerSecond: { peak(work.arithmetic, threads: threads) },
      bytesPerSecond: { bandwidth(work.level, threads: threads) })
  }

  /// The same by what the machine gives in this moment, which takes some milliseconds to measure.
  public func boundNow(_ work: KernelWork, threads: Int) -> Double {
    let probe = probe(threads: threads)
    return Self.bound(
      work, operationsPerSecond: { probe.operationsPerSecond(work.arithmetic) },
      bytesPerSecond: { probe.bytesPerSecond(work.level) })
  }

  private static func bound(
    _ work: KernelWork, operationsPerSecond: () -> Double, bytesPerSecond: () -> Double
  ) -> Double {
    func seconds(_ amount: Double, _ rate: () -> Double) -> Double {
      guard amount > 0 else { return 0 }
      let rate = rate()
      return rate > 0 ? amount / rate : 0
    }
    return max(seconds(work.flops, operationsPerSecond), seconds(work.bytes, bytesPerSecond))
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

  /// The best of many short measurements, which end when twelve in a row have not beaten it by a two-hundredth.
  ///
  /// A ceiling is what the machine does undisturbed, so the best one counts, not the usual one.
  private func cacheBandwidth(_ key: CacheKey) -> Double {
    let probe = probe(threads: key.threads)
    _ = probe.bytesPerSecond(key.level)
    var best = 0.0
    var since = 0
    var count = 0
    while since < 12 && count < 120 {
      let rate = probe.bytesPerSecond(key.level)
      since = rate > best * 1.005 ? 0 : since + 1
      best = max(best, rate)
      count += 1
    }
    return best
  }

  private func probe(threads: Int) -> CeilingProbe {
    if let known = probes[threads] { return known }
    let probe = CeilingProbe(
      workers: context.workers(threads), kernels: context.kernels, caches: context.caches)
    probes[threads] = probe
    return probe
  }
}
