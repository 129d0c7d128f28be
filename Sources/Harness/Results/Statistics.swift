import Transformer

/// What a set of samples says about a quantity.
///
/// Every sample counts: outliers are part of what a user of the machine sees.
public struct Statistics: Sendable, Equatable {
  public var mean: Double
  public var median: Double
  public var minimum: Double
  public var maximum: Double
  /// Sample standard deviation (n − 1 in the denominator); `nil` for a single sample.
  public var standardDeviation: Double?
  /// Bootstrap 95 % interval of the mean; `nil` for a single sample.
  public var confidence95: ClosedRange<Double>?

  /// `nil` for no samples.
  ///
  /// - Parameter seed: of the resampling; the same samples and seed give the same interval.
  public init?(_ samples: [Double], seed: UInt64 = 0) {
    guard !samples.isEmpty else { return nil }
    mean = Self.mean(samples)
    let sorted = samples.sorted()
    median = Self.percentile(sorted: sorted, 50)
    minimum = sorted[0]
    maximum = sorted[sorted.count - 1]
    guard samples.count > 1 else { return }
    let center = mean
    let squares = samples.reduce(0) { $0 + ($1 - center) * ($1 - center) }
    let deviation = (squares / Double(samples.count - 1)).squareRoot()
    standardDeviation = deviation
    if samples.count <= Self.largestResample {
      confidence95 = Self.bootstrapInterval(samples, resamples: 4000, seed: seed)
    } else {
      let half = 1.959964 * deviation / Double(samples.count).squareRoot()
      confidence95 = ClosedRange(from: mean - half, to: mean + half)
    }
  }

  /// Beyond this many samples the bootstrap's interval is the normal one, and would take minutes.
  private static let largestResample = 20_000

  /// Half of the interval's width as a part of the mean; `nil` for a single sample.
  public var relativeHalfWidth: Double? {
    confidence95.flatMap { mean > 0 ? ($0.upperBound - $0.lowerBound) / 2 / mean : nil }
  }

  static func mean(_ samples: [Double]) -> Double { samples.reduce(0, +) / Double(samples.count) }

  /// The p-th percentile, 0 ≤ p ≤ 100, of at least one sample, linear between the two nearest ranks (Hyndman and Fan 1996, type 7).
  public static func percentile(_ samples: [Double], _ p: Double) -> Double {
    percentile(sorted: samples.sorted(), p)
  }

  static func percentile(sorted: [Double], _ p: Double) -> Double {
    let rank = p / 100 * Double(sorted.count - 1)
    let lower = Int(rank.rounded(.down))
    let upper = min(lower + 1, sorted.count - 1)
    return sorted[lower] + (rank - Double(lower)) * (sorted[upper] - sorted[lower])
  }

  /// The percentile interval of the mean (Efron 1979): the middle 95 % of the means of resampled sets.
  /// `nil` where the means are no numbers.
  static func bootstrapInterval(_ samples: [Double], resamples: Int, seed: UInt64) -> ClosedRange<Double>? {
    var random = SplitMix64(seed: seed)
    var means = [Double](repeating: 0, count: resamples)
    for resample in 0..<resamples {
      var sum = 0.0
      for _ in 0..<samples.count { sum += samples[random.next(below: samples.count)] }
      means[resample] = sum / Double(samples.count)
    }
    means.sort()
    return ClosedRange(from: percentile(sorted: means, 2.5), to: percentile(sorted: means, 97.5))
  }
}

extension ClosedRange<Double> {
  /// `nil` unless the bounds are numbers in this order.
  init?(from low: Double, to high: Double) {
    guard low <= high else { return nil }
    self = low...high
  }
}
