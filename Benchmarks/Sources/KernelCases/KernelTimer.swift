import Harness
import Tensor
import TestSupport

/// What was measured of one case.
public struct KernelMeasurement: Sendable {
  /// Seconds of one call, one for each sample, in the order in which they were taken.
  public var samples: [Double]
  /// Allocations of a number of calls, of all workers together; `nil` where they cannot be counted.
  public var allocations: Int?
  /// Shortest possible seconds of one call by what the machine gave between the samples; empty for work without a bound.
  public var bounds: [Double] = []

  public var median: Double { Statistics.percentile(samples, 50) }
  public var shortest: Double { samples.min() ?? .nan }
}

/// Takes samples of cases.
public struct KernelTimer {
  /// Samples are taken until they add up to this.
  public var minimumSeconds = 0.2
  public var minimumSamples = 3
  /// A sample is as many calls as take this long: short enough for many, long beside the clock's own 50 ns.
  public var sampleSeconds = 2e-3
  /// Measurements of the ceilings, spread over the samples.
  public var boundSamples = 5

  public init() {}

  /// Prepares and measures a case, and between its samples the ceilings that bound it.
  ///
  /// - Throws: what making the operands throws.
  public func measure(
    _ kernel: KernelCase, in context: KernelContext, ceilings: KernelCeilings
  ) throws -> KernelMeasurement {
    let run = try kernel.prepare(context)
    run.call()
    let calls = batch(run)
    let allocations = KernelAllocations.count(in: context.workers(kernel.threads)) {
      for _ in 0..<calls { run.call() }
    }
    var samples: [Double] = []
    samples.reserveCapacity(1 << 10)
    var bounds: [Double] = []
    var total = 0.0
    while total < minimumSeconds || samples.count < minimumSamples {
      if total >= minimumSeconds * Double(bounds.count) / Double(boundSamples) {
        bounds.append(ceilings.boundNow(kernel.work, threads: kernel.threads))
        // What it has pushed out of the caches comes back.
        run.call()
      }
      let seconds = sample(run, calls: calls)
      samples.append(seconds / Double(calls * run.repetitions))
      total += seconds
    }
    return KernelMeasurement(samples: samples, allocations: allocations, bounds: bounds.filter { $0 > 0 })
  }

  /// Seconds of `calls` calls.
  public func sample(_ run: KernelRun, calls: Int) -> Double {
    Clock.seconds { for _ in 0..<calls { run.call() } }
  }

  /// Calls of one sample.
  public func batch(_ run: KernelRun) -> Int {
    var calls = 1
    while true {
      let seconds = sample(run, calls: calls)
      if seconds >= sampleSeconds { return calls }
      // At most a hundredfold: the first calls of a kernel are slower than those that follow.
      calls = min(calls * 100, max(calls + 1, Int(Double(calls) * sampleSeconds / max(seconds, 1e-9) * 1.2)))
    }
  }
}

/// Counts allocations on the threads of a team.
public enum KernelAllocations {
  /// Allocations while `body` runs; `nil` where they cannot be counted.
  public static func count(in workers: Workers, _ body: () -> Void) -> Int? {
    #if os(Linux)
      guard AllocationCounter.isAvailable else { return nil }
      return AllocationCounter.allocations(on: workers, body)
    #else
      return nil
    #endif
  }
}
