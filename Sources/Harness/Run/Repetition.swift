import Transformer

/// When a trial has enough samples.
public struct Repetition: Sendable, Equatable {
  /// Half of the 95 % interval's width, as a part of the mean, that ends a trial.
  public var untilInterval: Double
  /// Seconds of measured calls after which a trial ends in any case.
  public var maximumSeconds: Double

  public init(untilInterval: Double, maximumSeconds: Double) {
    self.untilInterval = untilInterval
    self.maximumSeconds = maximumSeconds
  }
}

/// Why a trial ended.
public struct StopReason: Sendable, Equatable {
  public var cause: Cause
  /// What `repeat` asked for; `nil` without it.
  public var repetition: Repetition?

  public enum Cause: String, Sendable {
    /// All of `num_batches` were measured.
    case count
    /// The interval is narrow enough.
    case interval
    /// The time is up and the interval still too wide.
    case time
    /// The run that compares this one with another has pairs enough for this round.
    case turns
  }

  /// The row's `stopped` object.
  func json(_ latency: Statistics) -> ConfigurationValue {
    var object = JSONObject()
    object["cause"] = .string(cause.rawValue)
    object["relative_half_width"] = .optional(latency.relativeHalfWidth)
    object["until_ci"] = .optional(repetition?.untilInterval)
    object["max_seconds"] = .optional(repetition?.maximumSeconds)
    return object.value
  }
}

/// Decides after each sample whether another one is wanted: first `num_batches`, then until `repeat` is content.
struct StopRule: Sendable {
  let batchCount: Int
  let repetition: Repetition?
  private var latencies: [Double] = []
  private var seconds = 0.0
  /// Samples at which the interval is looked at next: resampling at every call would take longer than short calls do.
  private var nextLook = 0

  /// - Parameter batchCount: samples that are taken at least.
  init(batchCount: Int, repetition: Repetition?) {
    self.batchCount = batchCount
    self.repetition = repetition
  }

  /// `nil` while another sample is wanted.
  mutating func stop(after latency: Double) -> StopReason? {
    latencies.append(latency)
    seconds += latency
    guard latencies.count >= batchCount else { return nil }
    guard let repetition else { return StopReason(cause: .count) }
    if latencies.count >= max(nextLook, 2) {
      nextLook = latencies.count + max(1, latencies.count / 10)
      if let width = Statistics(latencies)?.relativeHalfWidth, width <= repetition.untilInterval {
        return StopReason(cause: .interval, repetition: repetition)
      }
    }
    let isOver = seconds >= repetition.maximumSeconds || latencies.count >= SweepValues.maximumBatchCount
    return isOver ? StopReason(cause: .time, repetition: repetition) : nil
  }
}
