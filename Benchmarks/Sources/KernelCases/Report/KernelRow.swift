import Harness
import Transformer

/// A measured case: a row of `kernels.json`.
public struct KernelRow: Sendable {
  public var group: KernelGroup
  public var kernel: String
  public var dtype: String
  /// The set of kernels that ran.
  public var instructionSet: String
  public var threads: Int
  public var m: Int
  public var n: Int
  public var k: Int
  /// Of one call.
  public var flops: Double
  /// Of one call; see `KernelWork.bytes`.
  public var bytes: Double
  /// Seconds of a call: the median, the shortest and every sample.
  public var median: Double
  public var shortest: Double
  public var samples: [Double]
  /// Shortest possible time / median, by the ceilings measured between the samples; `nil` for work that has none.
  public var fractionOfCeiling: Double?
  /// The same by the best ceilings that the machine has shown. Not in the JSON.
  public var fractionOfBest: Double?
  /// Allocations of a number of calls; `nil` where they cannot be counted. Not in the JSON.
  public var allocations: Int?

  /// The figures in one line.
  public var summary: String {
    "\(NumberFormat.duration(median)), \(NumberFormat.significant(gflops)) GFLOP/s, "
      + "\(NumberFormat.significant(gigabytesPerSecond)) GB/s, \(NumberFormat.percent(fractionOfCeiling)) of the ceiling"
  }

  /// `nil` without arithmetic.
  public var gflops: Double? { flops > 0 ? flops / median / 1e9 : nil }
  /// `nil` without traffic.
  public var gigabytesPerSecond: Double? { bytes > 0 ? bytes / median / 1e9 : nil }

  public init(_ kernel: KernelCase, _ measurement: KernelMeasurement, instructionSet: String, ceilings: KernelCeilings)
  {
    group = kernel.group
    self.kernel = kernel.kernel
    dtype = kernel.dtype.rawValue
    self.instructionSet = instructionSet
    threads = kernel.threads
    m = kernel.m
    n = kernel.n
    k = kernel.k
    flops = kernel.work.flops
    bytes = kernel.work.bytes
    median = measurement.median
    shortest = measurement.shortest
    samples = measurement.samples
    allocations = measurement.allocations
    fractionOfCeiling =
      measurement.bounds.isEmpty ? nil : Statistics.percentile(measurement.bounds, 50) / median
    let bound = ceilings.bound(kernel.work, threads: kernel.threads)
    fractionOfBest = bound > 0 ? bound / median : nil
  }

  /// The row as JSON.
  public var json: ConfigurationValue {
    func optional(_ value: Double?) -> ConfigurationValue { value.map { .number($0) } ?? .null }
    func object(_ entries: KeyValuePairs<String, ConfigurationValue>) -> ConfigurationValue {
      .object(entries.map { .init(key: $0.key, value: $0.value) })
    }
    return object([
      "kernel": .string(kernel), "dtype": .string(dtype), "isa": .string(instructionSet),
      "threads": .integer(threads), "m": .integer(m), "n": .integer(n), "k": .integer(k),
      "flops": .number(flops), "bytes": .number(bytes),
      "seconds": object([
        "median": .number(median), "min": .number(shortest), "samples": .array(samples.map { .number($0) }),
      ]),
      "gflops": optional(gflops), "gbytes_per_s": optional(gigabytesPerSecond),
      "fraction_of_ceiling": optional(fractionOfCeiling),
    ])
  }

  /// `kernels.json`: an array with one row a line.
  public static func json(_ rows: [KernelRow]) -> String {
    "[\n" + rows.map { JSONWriter().text($0.json) }.joined(separator: ",\n") + "\n]\n"
  }
}
