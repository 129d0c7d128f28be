/// The times of one generate call.
public struct Sample: Sendable, Equatable {
  /// Seconds of the whole call.
  public var latency: Double
  /// Seconds to the first new token (TTFT): the prefill.
  public var prefill: Double
  /// Seconds of each later token, [output length − 1].
  public var tokens: [Double]

  public init(latency: Double, prefill: Double, tokens: [Double]) {
    self.latency = latency
    self.prefill = prefill
    self.tokens = tokens
  }
}
