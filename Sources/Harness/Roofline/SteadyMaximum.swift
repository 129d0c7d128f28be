/// How long a rate is sampled: until its best is steady, and never longer than a limit.
///
/// Whatever disturbs a measurement of the hardware makes it slower, so the best sample is the estimate; it is trusted
/// once more samples stop raising it.
struct SteadyMaximum: Sendable {
  /// Seconds without a better best after which it is steady.
  var patience: Double
  /// Seconds after which sampling ends in any case.
  var limit: Double
  /// Samples that are taken at least.
  var minimumSamples = 5

  /// A best that is beaten by less than this part counts as steady.
  static let tolerance = 0.01

  /// A few seconds for each figure.
  static let thorough = SteadyMaximum(patience: 1.5, limit: 5)

  /// Samples a rate.
  ///
  /// - now: seconds since any moment; a test's own clock.
  /// - sample: one measurement, in units a second.
  func measure(now: () -> Double, _ sample: () -> Double) -> Rate {
    var samples: [Double] = []
    let start = now()
    // The best when it last rose by more than the tolerance, and when that was.
    var reference = 0.0
    var risen = start
    while true {
      let value = sample()
      samples.append(value)
      let time = now()
      if value > reference * (1 + Self.tolerance) {
        reference = value
        risen = time
      }
      guard samples.count >= minimumSamples else { continue }
      let isSteady = time - risen >= patience
      if isSteady || time - start >= limit { return Rate(samples, isSteady: isSteady) }
    }
  }
}

/// What samples of one of the machine's rates say, in units a second.
public struct Rate: Sendable, Equatable {
  public var best: Double
  public var median: Double
  public var worst: Double
  public var sampleCount: Int
  /// Whether the best had stopped rising when sampling ended.
  public var isSteady: Bool

  /// Of at least one sample.
  init(_ samples: [Double], isSteady: Bool) {
    best = samples.max() ?? 0
    worst = samples.min() ?? 0
    median = Statistics.percentile(samples, 50)
    sampleCount = samples.count
    self.isSteady = isSteady
  }

  /// (best − worst) / best
  public var spread: Double { best > 0 ? (best - worst) / best : 0 }

  /// Something else used the machine: the best was still rising, or is far from the usual sample.
  public var isNoisy: Bool { !isSteady || median < 0.9 * best }
}
