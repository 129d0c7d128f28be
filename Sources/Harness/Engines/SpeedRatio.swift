import Transformer

/// How fast an engine is in units of another: 2 takes half the time.
struct SpeedRatio: Equatable {
  /// Mean seconds of the reference over mean seconds of the engine.
  var ratio: Double
  /// Bootstrap 95 % interval; `nil` unless both have two samples.
  var interval: ClosedRange<Double>?

  private static let resamples = 4000

  /// - Parameters:
  ///   - reference: seconds of the reference's calls.
  ///   - samples: seconds of the engine's.
  init?(_ reference: [Double], over samples: [Double], seed: UInt64 = 0) {
    guard let above = Statistics(reference), let below = Statistics(samples), below.mean > 0 else { return nil }
    ratio = above.mean / below.mean
    guard reference.count > 1, samples.count > 1 else { return }
    // Both sets are resampled apart: the engines took turns, their calls are no pairs.
    var random = SplitMix64(seed: seed)
    func resampledMean(_ values: [Double]) -> Double {
      var sum = 0.0
      for _ in values { sum += values[random.next(below: values.count)] }
      return sum / Double(values.count)
    }
    let ratios = (0..<Self.resamples).map { _ in resampledMean(reference) / resampledMean(samples) }
    interval = ClosedRange(from: Statistics.percentile(ratios, 2.5), to: Statistics.percentile(ratios, 97.5))
  }

  var intervalText: String? { interval.map { "\(fixed($0.lowerBound, 2)) - \(fixed($0.upperBound, 2))" } }
}
