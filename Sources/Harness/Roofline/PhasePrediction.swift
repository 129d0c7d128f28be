import Transformer

/// What a phase takes at least, what it should take, and what it took.
///
/// The limit is what the highest measured ceilings say (Williams, Waterman and Patterson 2009):
///
///     limit = Σ over layers, logits, attention of max(flop / peak, bytes / read bandwidth)
///
/// The prediction is what one layer took alone and the bandwidth around the trial say:
///
///     predicted = max(layers · products, bytes of their weights / bandwidth)
///               + max(layers · attention, bytes of keys and values / bandwidth)
///               + layers · rest + once + choice
///               + max(bytes of the output projection / bandwidth, its flop at the rate of the products)
public struct PhasePrediction: Sendable, Equatable {
  public var work: PhaseWork
  /// Seconds; `nil` without ceilings.
  public var limit: Double?
  /// Seconds; the limit when no layer was measured, `nil` without ceilings.
  public var predicted: Double?
  /// Mean seconds.
  public var measured: Double
  /// What the larger part of the limit waits for; `nil` without ceilings.
  public var bound: Bound?
  /// Why measured and predicted time differ by more than the tolerance; `nil` when they do not.
  public var reason: String?
  /// Differences beyond this part are flagged.
  public var tolerance: Double

  public enum Bound: String, Sendable {
    case compute, memory
  }

  public static let prefillTolerance = 0.2
  public static let decodeTolerance = 0.15

  /// Measured divided by predicted seconds.
  public var ratio: Double? { predicted.map { measured / $0 } }
  public var deviates: Bool { ratio.map { abs($0 - 1) > tolerance } ?? false }

  /// - Parameters:
  ///   - seconds: of the phase, one for each sample.
  ///   - layer: what one layer took in this phase.
  ///   - conditions: what else is known of the trial, for the prediction and the reason.
  public init(
    work: PhaseWork, seconds: Statistics, ceilings: Ceilings?, layer: LayerTimes? = nil, conditions: Conditions,
    tolerance: Double = PhasePrediction.prefillTolerance
  ) {
    self.work = work
    self.tolerance = tolerance
    measured = seconds.mean
    guard let ceilings else { return }
    let parts = [
      (work.layers, ceilings.operationsPerSecond), (work.logits, ceilings.operationsPerSecond),
      (work.attention, ceilings.peak(ofAttentionIn: work.attentionDType)),
    ].map { part, peak in (compute: part.flop / peak, memory: part.bytes / ceilings.bytesPerSecond) }
    let total = parts.reduce(0) { $0 + max($1.compute, $1.memory) }
    let computing = parts.reduce(0) { $0 + ($1.compute >= $1.memory ? $1.compute : 0) }
    limit = total
    bound = computing * 2 >= total ? .compute : .memory
    predicted = layer.map { Self.composed(work, $0, conditions, otherwise: ceilings.bytesPerSecond) } ?? total
    if deviates { reason = conditions.reason(self, seconds: seconds) }
  }

  private static func composed(
    _ work: PhaseWork, _ layer: LayerTimes, _ conditions: Conditions, otherwise bandwidth: Double
  ) -> Double {
    let layers = Double(conditions.layers)
    let bandwidth = conditions.bandwidth ?? bandwidth
    let products = layers * layer.products
    let logits = max(
      work.logits.bytes / bandwidth, work.layers.flop > 0 ? work.logits.flop / work.layers.flop * products : 0)
    return max(products, work.layers.bytes / bandwidth)
      + max(layers * layer.attention, work.attention.bytes / bandwidth)
      + layers * layer.rest + layer.once + layer.choice + logits
  }

  /// The phase's object in the row's `phases`.
  var json: ConfigurationValue {
    var object = JSONObject()
    object["flop"] = .optional(work.flop)
    object["weight_bytes"] = .optional(work.weightBytes)
    object["kv_bytes"] = .optional(work.cacheBytes)
    object["flop_per_byte"] = .optional(work.intensity)
    object["bound"] = .optional(bound?.rawValue)
    object["limit_s"] = .optional(limit)
    object["predicted_s"] = .optional(predicted)
    object["measured_s"] = .optional(measured)
    object["measured_over_predicted"] = .optional(ratio)
    object["deviates"] = predicted == nil ? .null : .bool(deviates)
    object["reason"] = .optional(reason)
    return object.value
  }
}
