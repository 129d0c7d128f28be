import KernelInterface
import Tensor

/// What this machine can do at best, each figure measured when it is first asked for and then kept.
public final class KernelCeilings {
  private let context: KernelContext
  /// What was measured, and how to measure it again.
  private var figures: [String: (value: Double, measure: () -> Double)] = [:]

  public init(_ context: KernelContext) {
    self.context = context
  }

  /// Floating-point operations a second of `threads` cores whose operands are in registers.
  ///
  /// - Parameter arithmetic: bf16 where the hardware multiplies pairs of it; anything else is computed in fp32.
  public func peak(_ arithmetic: DType, threads: Int) -> Double {
    let probe = context.kernels.probe
    let isPaired = arithmetic == .bf16 && probe.peakBF16 != nil
    return remembered("peak \(isPaired) \(threads)") { [context] in
      let kernel = isPaired ? probe.peakBF16! : probe.peakFP32
      let operations = isPaired ? probe.peakBF16OperationsPerIteration : probe.peakFP32OperationsPerIteration
      var iterations = 1000
      while Clock.seconds({ Self.keep(kernel(iterations)) }) < 5e-3 { iterations *= 2 }
      let work = Double(operations) * Double(iterations) * Double(threads)
      let workers = context.workers(threads)
      return work / Self.shortest { workers.run { _ in Self.keep(kernel(iterations)) } }
    }
  }

  /// Bytes a second that `threads` cores read from a level.
  ///
  /// Half of a cache is read, so that all of it stays there; of memory, more than the caches hold.
  public func bandwidth(_ level: MemoryLevel, threads: Int) -> Double {
    remembered("read \(level) \(threads)") { [context] in
      let caches = context.caches
      let share =
        switch level {
        case .l1: caches.l1 / 2
        case .l2: caches.l2 / 2
        case .l3: caches.l3 / 2 / threads
        case .memory: caches.cold / threads
        }
      let bytes = max(1024, share & ~1023)
      let passes = max(1, (4 << 20) / bytes)
      guard let storage = try? Storage(byteCount: bytes * threads) else { return 0 }
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
  }

  /// The shortest possible time of one call: the longer of its arithmetic and its traffic.
  public func bound(_ work: KernelWork, threads: Int) -> Double {
    var seconds = 0.0
    if work.flops > 0 { seconds = work.flops / peak(work.arithmetic, threads: threads) }
    if work.bytes > 0 { seconds = max(seconds, work.bytes / bandwidth(work.level, threads: threads)) }
    return seconds
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

  /// Measures all known figures again and keeps the larger of each: a machine that others share may have been held
  /// back the first time.
  public func refresh() {
    for (key, figure) in figures { figures[key]!.value = max(figure.value, figure.measure()) }
  }

  private func remembered(_ key: String, measure: @escaping () -> Double) -> Double {
    if let figure = figures[key] { return figure.value }
    let value = measure()
    figures[key] = (value, measure)
    return value
  }

  /// Keeps a result, and so what computed it, from being optimised away.
  @inline(never) private static func keep(_ value: Float) {}
}
