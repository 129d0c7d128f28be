import KernelInterface
import Tensor

/// A machine's ceilings as measured (Williams, Waterman and Patterson 2009): peak arithmetic and read bandwidth.
public struct Roofline: Sendable, Equatable {
  public var peaks: [Peak] = []
  public var bandwidths: [Bandwidth] = []

  /// Operations a second; a multiply and an add are two.
  public struct Peak: Sendable, Equatable {
    public var instructionSet: String
    /// Of the factors; sums are fp32.
    public var dtype: DType
    public var threads: Int
    public var rate: Rate
  }

  /// Bytes a second.
  public struct Bandwidth: Sendable, Equatable {
    public var threads: Int
    /// How the threads divided the buffer when they were fastest.
    public var access: String
    public var bufferBytes: Int
    public var rate: Rate
    /// How far apart the processors were; `nil` with one thread.
    public var barrier: BarrierTime?
  }

  /// The dtypes whose products a set of kernels executes as such.
  static func productDTypes(_ kernels: KernelSet) -> [DType] {
    kernels.probe.peakBF16 == nil ? [.fp32] : [.fp32, .bf16]
  }

  /// 1, 2, 3, 4, then doubling, up to and with `limit`.
  static func threadCounts(upTo limit: Int) -> [Int] {
    var counts = Array(1...max(1, min(4, limit)))
    while let last = counts.last, last < limit { counts.append(min(2 * last, limit)) }
    return counts
  }

  /// Measures everything.
  ///
  /// - sets: largest first; the first also reads memory.
  /// - bufferBytes: of the buffer that is read; `nil` leaves bandwidth out.
  /// - Throws: `OutOfMemory` when the buffer cannot be had.
  static func measure(
    _ sets: [KernelSet], threads limit: Int, bufferBytes: Int?, steady: SteadyMaximum,
    progress: (String) -> Void = { _ in }
  ) throws(OutOfMemory) -> Roofline {
    let now = { Double(Monotonic.now()) * 1e-9 }
    var roofline = Roofline()
    for threads in threadCounts(upTo: limit) {
      let workers = Workers(threads: threads, kernels: sets[0])
      for kernels in sets {
        for dtype in productDTypes(kernels) {
          guard let probe = PeakProbe(kernels, dtype: dtype) else { continue }
          progress("peak of \(kernels.name) \(dtype.rawValue), \(counted(threads, "thread"))")
          // Arithmetic in registers is steady much sooner than memory.
          let quick = SteadyMaximum(patience: steady.patience / 4, limit: steady.limit / 4)
          roofline.peaks.append(
            Peak(
              instructionSet: kernels.name, dtype: dtype, threads: threads,
              rate: quick.measure(now: now) { probe.sample(workers) }))
        }
      }
      if let bufferBytes {
        progress("read bandwidth, \(counted(threads, "thread"))")
        let probe = try ReadProbe(sets[0], byteCount: bufferBytes, workers: workers)
        let (access, rate) = probe.measure(workers, steady, now: now)
        roofline.bandwidths.append(
          Bandwidth(
            threads: threads, access: access.rawValue, bufferBytes: bufferBytes, rate: rate,
            barrier: BarrierTime.now(workers)))
      }
    }
    return roofline
  }

  /// What of the figures shows that something else used the machine, a sentence each.
  var noise: [String] {
    peaks.filter(\.rate.isNoisy).map { peak in
      "peak of \(peak.instructionSet) \(peak.dtype.rawValue), \(counted(peak.threads, "thread")): median"
        + " \(fixed(peak.rate.median * 1e-9, 1)) of best \(fixed(peak.rate.best * 1e-9, 1)) GFLOP/s"
    }
      + bandwidths.filter(\.rate.isNoisy).map { bandwidth in
        "read bandwidth, \(counted(bandwidth.threads, "thread")): median \(fixed(bandwidth.rate.median * 1e-9, 1)) of best"
          + " \(fixed(bandwidth.rate.best * 1e-9, 1)) GB/s"
      }
  }
}
