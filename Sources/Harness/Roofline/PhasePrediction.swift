import Transformer

/// What the measured ceilings say that a phase takes at least (Williams, Waterman and Patterson 2009), beside what it
/// took.
///
///     predicted = Σ over layers, logits, attention of max(flop / peak, bytes / read bandwidth)
public struct PhasePrediction: Sendable, Equatable {
  public var work: PhaseWork
  /// Seconds; `nil` without ceilings.
  public var predicted: Double?
  /// Mean seconds.
  public var measured: Double
  /// What the larger part of the predicted time waits for; `nil` without ceilings.
  public var bound: Bound?
  /// Why measured and predicted time differ by more than the tolerance; `nil` when they do not.
  public var reason: String?

  public enum Bound: String, Sendable {
    case compute, memory
  }

  /// Rows that differ by more than this part are flagged.
  public static let tolerance = 0.25

  /// Measured divided by predicted seconds.
  public var ratio: Double? { predicted.map { measured / $0 } }
  public var deviates: Bool { ratio.map { abs($0 - 1) > Self.tolerance } ?? false }

  /// - Parameters:
  ///   - seconds: of the phase, one for each sample.
  ///   - conditions: what else is known of the trial, for the reason.
  public init(work: PhaseWork, seconds: Statistics, ceilings: Ceilings?, conditions: Conditions) {
    self.work = work
    measured = seconds.mean
    guard let ceilings else { return }
    let parts = [
      (work.layers, ceilings.operationsPerSecond), (work.logits, ceilings.operationsPerSecond),
      (work.attention, ceilings.fp32OperationsPerSecond),
    ].map { part, peak in (compute: part.flop / peak, memory: part.bytes / ceilings.bytesPerSecond) }
    let total = parts.reduce(0) { $0 + max($1.compute, $1.memory) }
    let computing = parts.reduce(0) { $0 + ($1.compute >= $1.memory ? $1.compute : 0) }
    predicted = total
    bound = computing * 2 >= total ? .compute : .memory
    if deviates { reason = conditions.reason(self, seconds: seconds) }
  }

  /// The phase's object in the row's `phases`.
  var json: ConfigurationValue {
    var object = JSONObject()
    object["flop"] = .optional(work.flop)
    object["weight_bytes"] = .optional(work.weightBytes)
    object["kv_bytes"] = .optional(work.cacheBytes)
    object["flop_per_byte"] = .optional(work.intensity)
    object["bound"] = .optional(bound?.rawValue)
    object["predicted_s"] = .optional(predicted)
    object["measured_s"] = .optional(measured)
    object["measured_over_predicted"] = .optional(ratio)
    object["deviates"] = predicted == nil ? .null : .bool(deviates)
    object["reason"] = .optional(reason)
    return object.value
  }
}

extension PhasePrediction {
  /// What may explain that a phase misses its prediction.
  public struct Conditions: Sendable, Equatable {
    /// Bytes of the weights as they lie in memory.
    public var weightBytes = 0
    /// Bytes of all last-level caches together; 0 when unknown.
    public var cacheBytes = 0
    /// Barriers of one forward pass.
    public var steps = 0
    /// Part of the processors' time that the hypervisor gave to others; `nil` when unknown.
    public var steal: Double?
    /// Part of the machine that other processes used; `nil` when unknown.
    public var otherLoad: Double?
    /// The operation that lost the most time against its roofline, as a sentence; `nil` without a profile.
    public var slowestOperation: String?

    public init() {}

    /// A step ends in a barrier and starts with packing; below this many seconds of work for a step they are no longer small.
    private static let smallestStep = 20e-6

    func reason(_ prediction: PhasePrediction, seconds: Statistics) -> String {
      guard let predicted = prediction.predicted else { return "no ceilings were measured" }
      if prediction.measured < predicted {
        return cacheBytes > weightBytes
          ? "the weights fit into the last-level cache, which is faster than the memory of the prediction"
          : "the machine was faster during the trial than while its ceilings were measured"
      }
      if predicted < Self.smallestStep * Double(max(1, steps)) {
        return "too little work: barriers and packing of \(steps) steps take longer than their arithmetic"
      }
      if seconds.minimum / predicted - 1 <= PhasePrediction.tolerance {
        return "noise: the fastest sample is within \(fixed(PhasePrediction.tolerance * 100, 0)) %"
      }
      if let steal, steal > 0.02 {
        return "the hypervisor gave \(fixed(steal * 100, 1)) % of the processors' time to others"
      }
      if let otherLoad, otherLoad > 0.1 {
        return "other processes used \(fixed(otherLoad * 100, 0)) % of the processors"
      }
      return slowestOperation ?? "the kernels reach less than the ceilings; --profile shows which"
    }
  }
}
