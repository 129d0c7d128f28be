import Benchmark
import Foundation
import KernelCases

// Runner of the cases for `swift package benchmark`: shapes come from the sweep file that the variable CONFIG names.

/// Rates and fractions are whole numbers here; `kernel-report` has them exact.
private enum Metric {
  // Of one call: wall-clock times are those of a batch, whose size another run may choose otherwise.
  static let call = BenchmarkMetric.custom("Time of a call (ns)", polarity: .prefersSmaller, useScalingFactor: false)
  static let gflops = BenchmarkMetric.custom("GFLOP/s", polarity: .prefersLarger, useScalingFactor: false)
  static let gigabytes = BenchmarkMetric.custom("GB/s", polarity: .prefersLarger, useScalingFactor: false)
  static let ceiling = BenchmarkMetric.custom("% of ceiling", polarity: .prefersLarger, useScalingFactor: false)
  static let allocations = BenchmarkMetric.custom("allocations", polarity: .prefersSmaller, useScalingFactor: false)
}

/// A case between its setup and its teardown.
private final class Prepared {
  var run: KernelRun?
  var calls = 1
}

private func register(_ kernel: KernelCase, _ suite: KernelSuite, _ ceilings: KernelCeilings) {
  let timer = KernelTimer()
  let prepared = Prepared()
  var metrics: [BenchmarkMetric] = [Metric.call, Metric.allocations]
  if kernel.work.flops > 0 { metrics.append(Metric.gflops) }
  if kernel.work.bytes > 0 { metrics += [Metric.gigabytes, Metric.ceiling] }
  Benchmark(
    kernel.name,
    // An iteration is a batch of calls, long beside the clock.
    configuration: .init(metrics: metrics, warmupIterations: 1, maxDuration: .milliseconds(300), maxIterations: 1000)
  ) { benchmark in
    guard let run = prepared.run else { return }
    var seconds = 0.0
    let allocations = KernelAllocations.count(in: suite.context.workers(kernel.threads)) {
      benchmark.startMeasurement()
      seconds = timer.sample(run, calls: prepared.calls)
      benchmark.stopMeasurement()
    }
    let call = seconds / Double(prepared.calls * run.repetitions)
    benchmark.measurement(Metric.call, Int((call * 1e9).rounded()))
    benchmark.measurement(Metric.gflops, Int((kernel.work.flops / call / 1e9).rounded()))
    benchmark.measurement(Metric.gigabytes, Int((kernel.work.bytes / call / 1e9).rounded()))
    benchmark.measurement(
      Metric.ceiling, Int((ceilings.bound(kernel.work, threads: kernel.threads) / call * 100).rounded()))
    if let allocations { benchmark.measurement(Metric.allocations, allocations) }
  } setup: {
    let run = try kernel.prepare(in: suite.context)
    run.call()
    prepared.calls = timer.batch(run)
    prepared.run = run
    _ = ceilings.bound(kernel.work, threads: kernel.threads)
  } teardown: {
    prepared.run = nil
  }
}

let benchmarks: @Sendable () -> Void = {
  do {
    let config = ProcessInfo.processInfo.environment["CONFIG"] ?? "yamls/1b.yaml"
    let suite = try KernelSuite(sweepFile: config)
    let ceilings = KernelCeilings(suite.context)
    for kernel in suite.cases { register(kernel, suite, ceilings) }
  } catch {
    FileHandle.standardError.write(Data("error: \(error)\n".utf8))
    exit(2)
  }
}
