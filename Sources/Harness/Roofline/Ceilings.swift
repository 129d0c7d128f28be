import KernelInterface
import Synchronization
import Tensor
import Transformer

/// What the machine can do at most, as measured.
public struct Ceilings: Sendable, Equatable {
  /// Peak of the matmul arithmetic in use, operations a second.
  public var operationsPerSecond: Double
  /// Peak of fp32, which attention computes in, operations a second.
  public var fp32OperationsPerSecond: Double
  /// Read bandwidth of main memory, bytes a second.
  public var bytesPerSecond: Double
  /// Where the processors were when they were measured; `nil` when unknown.
  var barrier: BarrierTime?

  /// - Parameters:
  ///   - fp32OperationsPerSecond: `nil` when the matmul arithmetic is fp32.
  public init(operationsPerSecond: Double, fp32OperationsPerSecond: Double? = nil, bytesPerSecond: Double) {
    self.operationsPerSecond = operationsPerSecond
    self.fp32OperationsPerSecond = fp32OperationsPerSecond ?? operationsPerSecond
    self.bytesPerSecond = bytesPerSecond
  }

  /// The row's `ceilings` object.
  var json: ConfigurationValue {
    var object = JSONObject()
    object["flop_per_s"] = .optional(operationsPerSecond)
    object["fp32_flop_per_s"] = .optional(fp32OperationsPerSecond)
    object["read_bytes_per_s"] = .optional(bytesPerSecond)
    object["barrier_s"] = .optional(barrier?.seconds)
    return object.value
  }
}

extension Ceilings {
  private struct Key: Hashable {
    var instructionSet: String
    var dtype: DType
    var threads: Int
  }

  private struct Known {
    var ceilings: Ceilings
    /// Reading of the clock when they were last measured.
    var time: UInt64
  }

  /// One for each distance between the processors.
  private static let known = Mutex<[Key: [Known]]>([:])

  /// Seconds after which the machine may have become another: on a shared one the bandwidth of the same two processors was
  /// seen to go from 40 to 67 GB/s and back within minutes.
  private static let lifetime = 10.0

  /// The ceilings for products of `dtype` on `threads` threads; `nil` when too little memory is free to measure them.
  ///
  /// Measured when they are asked for, in one to two seconds, unless that was done less than ten seconds ago. They only
  /// rise: what the machine has shown once it can do, in reading memory with its processors as far apart as then.
  static func current(_ kernels: KernelSet, dtype: DType, threads: Int) -> Ceilings? {
    known.withLock { known in
      let key = Key(instructionSet: kernels.name, dtype: dtype, threads: threads)
      let all = known[key, default: []]
      func index(_ barrier: BarrierTime?) -> Int? {
        all.firstIndex { BarrierTime.isAlike($0.ceilings.barrier, barrier) }
      }
      func raised(_ ceilings: Ceilings) -> Ceilings { all.reduce(ceilings) { $0.raised(to: $1.ceilings) } }
      let alike = index(BarrierTime.now(kernels, threads: threads)).map { all[$0] }
      if let alike, Monotonic.seconds(from: alike.time, to: Monotonic.now()) < lifetime {
        return raised(alike.ceilings)
      }
      guard let measured = measure(kernels, dtype: dtype, threads: threads) else {
        return alike.map { raised($0.ceilings) }
      }
      let ceilings = raised(measured)
      let entry = Known(ceilings: ceilings, time: Monotonic.now())
      // The processors may have been moved since.
      if let index = index(measured.barrier) {
        known[key]?[index] = entry
      } else {
        known[key, default: []].append(entry)
      }
      return ceilings
    }
  }

  /// Operations a second of attention whose products have this dtype: bf16 is that of the linear layers too.
  func peak(ofAttentionIn dtype: DType) -> Double { dtype == .bf16 ? operationsPerSecond : fp32OperationsPerSecond }

  /// The higher of each figure, of the bandwidth only where the processors are as far apart.
  func raised(to other: Ceilings) -> Ceilings {
    var higher = self
    higher.operationsPerSecond = max(operationsPerSecond, other.operationsPerSecond)
    higher.fp32OperationsPerSecond = max(fp32OperationsPerSecond, other.fp32OperationsPerSecond)
    if BarrierTime.isAlike(barrier, other.barrier) {
      higher.bytesPerSecond = max(bytesPerSecond, other.bytesPerSecond)
    }
    return higher
  }

  /// The usual read bandwidth of these moments, bytes a second; `nil` when too little memory is free to measure it.
  static func bandwidth(_ kernels: KernelSet, threads: Int) -> Double? {
    let bytes = ReadProbe.byteCount(
      lastLevelCache: MachineDescription.read().lastLevelCacheBytes, threads: threads,
      available: AvailableMemory.now()?.bytes)
    let workers = Workers(threads: threads, kernels: kernels)
    guard let bytes, let probe = try? ReadProbe(kernels, byteCount: bytes, workers: workers) else { return nil }
    // Claimed blocks are how decode streams its weights. The first pass meets threads that are not awake yet.
    _ = probe.sample(workers, .claimed)
    return Statistics.percentile((0..<9).map { _ in probe.sample(workers, .claimed) }, 50)
  }

  /// Measures the ceilings for products of `dtype` on `threads` threads, in one to two seconds; `nil` when too little
  /// memory is free to measure.
  public static func measure(_ kernels: KernelSet, dtype: DType, threads: Int) -> Ceilings? {
    let bytes = ReadProbe.byteCount(
      lastLevelCache: MachineDescription.read().lastLevelCacheBytes, threads: threads,
      available: AvailableMemory.now()?.bytes)
    let workers = Workers(threads: threads, kernels: kernels)
    guard let bytes, let probe = try? ReadProbe(kernels, byteCount: bytes, workers: workers) else { return nil }
    let now = { Double(Monotonic.now()) * 1e-9 }
    func peak(_ dtype: DType) -> Double? {
      let steady = SteadyMaximum(patience: 0.2, limit: 0.5)
      return PeakProbe(kernels, dtype: dtype).map { probe in steady.measure(now: now) { probe.sample(workers) }.best }
    }
    guard let fp32 = peak(.fp32) else { return nil }
    let product = dtype == .bf16 ? peak(.bf16) : nil
    let bandwidth = probe.measure(workers, SteadyMaximum(patience: 0.4, limit: 1), now: now).rate.best
    var ceilings = Ceilings(
      operationsPerSecond: product ?? fp32, fp32OperationsPerSecond: fp32, bytesPerSecond: bandwidth)
    ceilings.barrier = BarrierTime.now(workers)
    return ceilings
  }
}
