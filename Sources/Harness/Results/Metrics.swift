/// What a trial's samples come to.
public struct Metrics: Sendable, Equatable {
  /// Seconds of one generate call.
  public var latency: Statistics
  /// Seconds of the prefill, which yields the first token.
  public var prefill: Statistics
  /// Of the later tokens; `nil` when there is none.
  public var tokens: TokenStatistics?
  /// Whether the first calls differ from the rest; `nil` for too few to tell.
  public var steadiness: Steadiness?
  /// Mean seconds to the first token.
  public var timeToFirstToken: Double
  /// Mean seconds of a later token; `nil` when there is none.
  public var timePerOutputToken: Double?
  /// Prompt tokens of all sequences per second of prefill.
  public var prefillTokensPerSecond: Double
  /// New tokens of all sequences per second of decode; `nil` when there is no decode step.
  public var decodeTokensPerSecond: Double?
  /// Model FLOP utilisation of the prefill: about 1 at most, above it when the machine was faster than its probes; `nil` without ceilings.
  public var modelFLOPUtilization: Double?
  /// Memory-bandwidth utilisation of decode, likewise; `nil` without ceilings, without decode steps or without a cache.
  public var memoryBandwidthUtilization: Double?

  /// `nil` for no samples.
  public init?(samples: [Sample], trial: Trial, workload: Workload, useCache: Bool, ceilings: Ceilings?) {
    guard let latency = Statistics(samples.map(\.latency)), let prefill = Statistics(samples.map(\.prefill)) else {
      return nil
    }
    self.latency = latency
    self.prefill = prefill
    tokens = TokenStatistics(samples.map(\.tokens), batchSize: trial.batchSize)
    steadiness = Steadiness(samples.map(\.latency))
    timeToFirstToken = samples.reduce(0) { $0 + $1.prefill } / Double(samples.count)
    prefillTokensPerSecond = Double(trial.batchSize) * Double(trial.inputLength) / timeToFirstToken
    let laterTokens = samples.reduce(0) { $0 + $1.tokens.count }
    if laterTokens > 0 {
      let seconds = samples.reduce(0) { $0 + $1.tokens.reduce(0, +) } / Double(laterTokens)
      timePerOutputToken = seconds
      decodeTokensPerSecond = Double(trial.batchSize) / seconds
    }
    if let ceilings {
      modelFLOPUtilization = workload.prefillOperations / timeToFirstToken / ceilings.operationsPerSecond
      // Without a cache a step recomputes the sequence; bytes over time would then measure nothing.
      if useCache, let bytes = workload.meanDecodeBytes, let seconds = timePerOutputToken {
        memoryBandwidthUtilization = bytes / seconds / ceilings.bytesPerSecond
      }
    }
  }
}
