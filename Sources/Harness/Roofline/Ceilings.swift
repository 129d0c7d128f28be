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

  /// - fp32OperationsPerSecond: `nil` when the matmul arithmetic is fp32.
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
    return object.value
  }
}

extension Ceilings {
  private struct Key: Hashable {
    var instructionSet: String
    var dtype: DType
    var threads: Int
  }

  /// Measured once in a process: it takes one to two seconds, and the machine stays the same.
  private static let measured = Mutex<[Key: Ceilings]>([:])

  /// The ceilings for products of `dtype` on `threads` threads; `nil` when too little memory is free to measure.
  ///
  /// The kernels' own count of threads is used, so that a part is compared with what the same threads could reach.
  static func current(_ kernels: KernelSet, dtype: DType, threads: Int) -> Ceilings? {
    measured.withLock { known in
      let key = Key(instructionSet: kernels.name, dtype: dtype, threads: threads)
      if let ceilings = known[key] { return ceilings }
      let ceilings = measure(kernels, dtype: dtype, threads: threads)
      known[key] = ceilings
      return ceilings
    }
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
      let steady = SteadyMaximum(patience: 0.1, limit: 0.3)
      return PeakProbe(kernels, dtype: dtype).map { probe in steady.measure(now: now) { probe.sample(workers) }.best }
    }
    guard let fp32 = peak(.fp32) else { return nil }
    let product = dtype == .bf16 ? peak(.bf16) : nil
    let bandwidth = probe.measure(workers, SteadyMaximum(patience: 0.4, limit: 1), now: now).rate.best
    return Ceilings(
      operationsPerSecond: product ?? fp32, fp32OperationsPerSecond: fp32, bytesPerSecond: bandwidth)
  }
}
