import Transformer

/// What a trial has gathered so far: an interleaved sweep leaves it and comes back.
final class TrialState {
  let entry: SweepRunner.Entry
  let demand: MemoryDemand
  /// Conditions before the first call.
  var start: EnvironmentRecord.Moment
  /// Conditions after the last sample.
  var end: EnvironmentRecord.Moment?
  private(set) var samples: [Sample] = []
  var warmupLatencies: [Double] = []
  /// Why there are enough samples; `nil` while more are wanted.
  private(set) var stop: StopReason?
  private var rule: StopRule
  var kvCacheBytes: Int?
  /// What was measured before the first sample, to predict the times; `nil` without ceilings.
  var rehearsal: Rehearsal?
  /// Bytes a second before the first sample.
  var bandwidthBefore: Double?
  /// Peak resident bytes; `nil` when unknown, and for a trial that never began.
  private(set) var peakBytes: Int?
  let peakIsOfTrial: Bool

  init(entry: SweepRunner.Entry, demand: MemoryDemand, sweep: Sweep) {
    self.entry = entry
    self.demand = demand
    rule = StopRule(batchCount: sweep.batchCount, repetition: sweep.repetition)
    samples.reserveCapacity(min(sweep.batchCount, 4096))
    // Trials that take turns share one peak.
    let isReset = PeakMemory.reset()
    peakIsOfTrial = isReset && sweep.order == .grid
    start = .init()
  }

  func add(_ sample: Sample) {
    samples.append(sample)
    stop = rule.stop(after: sample.latency)
  }

  /// A sample after which nothing is decided: whoever takes turns with the trial calls `end`.
  func addOfTurn(_ sample: Sample) { samples.append(sample) }

  func endTurns() { stop = StopReason(cause: .turns) }

  func notePeak() { peakBytes = PeakMemory.bytes() }
}
