import KernelInterface
import Tensor

/// Measures the peak of one kind of arithmetic: multiply-adds between registers on every worker at once.
struct PeakProbe {
  private let kernel: ProbeKernels.Peak
  private let operations: Double
  private let iterations: Int

  /// Seconds of one sample: far longer than a barrier, short enough that some sample is left alone by other programs.
  private static let sampleSeconds = 0.004

  /// - dtype: bf16 for products of bf16 pairs, else fp32. `nil` when the set has no such arithmetic.
  init?(_ kernels: KernelSet, dtype: DType) {
    let probe = kernels.probe
    if dtype == .bf16 {
      guard let peak = probe.peakBF16 else { return nil }
      kernel = peak
      operations = Double(probe.peakBF16OperationsPerIteration)
    } else {
      kernel = probe.peakFP32
      operations = Double(probe.peakFP32OperationsPerIteration)
    }
    iterations = Self.calibrated(kernel)
  }

  /// Operations a second of all workers together, once.
  func sample(_ workers: Workers) -> Double {
    let seconds = workers.seconds { _ in _ = kernel(iterations) }
    return operations * Double(iterations) * Double(workers.count) / seconds
  }

  private static func calibrated(_ kernel: ProbeKernels.Peak) -> Int {
    var iterations = 1000
    while iterations < 1 << 30 {
      let start = Monotonic.now()
      _ = kernel(iterations)
      let seconds = Monotonic.seconds(from: start, to: Monotonic.now())
      if seconds >= sampleSeconds { return iterations }
      // At most tenfold, for the first calls meet a processor that is not at its full clock yet.
      iterations = Int(Double(iterations) * min(10, max(1.2, 1.1 * sampleSeconds / max(seconds, 1e-9))))
    }
    return iterations
  }
}

extension Workers {
  /// Seconds from the moment when all workers are ready until the last has done `work`.
  func seconds(_ work: (Worker) -> Void) -> Double {
    var start: UInt64 = 0
    var end: UInt64 = 0
    run { worker in
      worker.barrier()
      if worker.index == 0 { start = Monotonic.now() }
      work(worker)
      worker.barrier()
      if worker.index == 0 { end = Monotonic.now() }
    }
    return Monotonic.seconds(from: start, to: max(end, start + 1))
  }
}
