import Transformer

/// What the later tokens of all calls say about decode.
public struct TokenStatistics: Sendable, Equatable {
  public var count: Int
  /// Seconds of a token. The interval's resamples draw whole calls: tokens of one call are not independent.
  public var seconds: Statistics
  /// Seconds that 90 % and 99 % of the tokens keep below.
  public var p90: Double
  public var p99: Double
  /// Tokens of all sequences per second that 1 % and 5 % of the steps stay below: the low tail.
  public var slowestRate1: Double
  public var slowestRate5: Double

  /// `nil` when no call has a later token.
  ///
  /// - Parameter calls: seconds of each later token, [call][token].
  public init?(_ calls: [[Double]], batchSize: Int, seed: UInt64 = 0) {
    let pooled = calls.flatMap { $0 }
    guard let all = Statistics(pooled, seed: seed) else { return nil }
    count = pooled.count
    seconds = all
    // Every call has as many tokens as every other, so the mean of means is the mean.
    let means = calls.filter { !$0.isEmpty }.map(Statistics.mean)
    seconds.confidence95 = Statistics(means, seed: seed)?.confidence95
    let sorted = pooled.sorted()
    p90 = Statistics.percentile(sorted: sorted, 90)
    p99 = Statistics.percentile(sorted: sorted, 99)
    let rates = sorted.reversed().map { Double(batchSize) / $0 }
    slowestRate1 = Statistics.percentile(sorted: rates, 1)
    slowestRate5 = Statistics.percentile(sorted: rates, 5)
  }

  /// The row's `token_s` object.
  var json: ConfigurationValue {
    var object = seconds.object
    object["count"] = .integer(count)
    object["p50"] = .optional(seconds.median)
    object["p90"] = .optional(p90)
    object["p99"] = .optional(p99)
    return object.value
  }
}
