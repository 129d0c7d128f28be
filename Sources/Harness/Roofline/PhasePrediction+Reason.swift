import Transformer

extension PhasePrediction {
  /// What is known of a trial beside its times.
  public struct Conditions: Sendable, Equatable {
    /// Of the model.
    public var layers = 1
    /// Bytes of the weights as they lie in memory.
    public var weightBytes = 0
    /// Bytes of all last-level caches together; 0 when unknown.
    public var cacheBytes = 0
    /// Read bandwidth just before the trial and just after it, bytes a second; `nil` when it was not measured.
    public var bandwidthBefore: Double?
    public var bandwidthAfter: Double?
    /// Part of the processors' time that the hypervisor gave to others; `nil` when unknown.
    public var steal: Double?
    /// Part of the machine that other processes used; `nil` when unknown.
    public var otherLoad: Double?
    /// The operation that lost the most time against its roofline, as a sentence; `nil` without a profile.
    public var slowestOperation: String?

    public init() {}

    /// What streams half before and half after the change takes this bandwidth as a whole; `nil` when unknown.
    public var bandwidth: Double? {
      guard let before = bandwidthBefore, let after = bandwidthAfter else { return bandwidthBefore ?? bandwidthAfter }
      return 2 / (1 / before + 1 / after)
    }

    func reason(_ prediction: PhasePrediction, seconds: Statistics) -> String {
      guard let predicted = prediction.predicted else { return "no ceilings were measured" }
      let percent = fixed(prediction.tolerance * 100, 0)
      if prediction.bound == .memory, let before = bandwidthBefore, let after = bandwidthAfter,
        abs(before / after - 1) > prediction.tolerance
      {
        return "the read bandwidth changed from \(rate(before)) before the trial to \(rate(after)) after it"
      }
      if prediction.measured < predicted {
        return cacheBytes > weightBytes
          ? "the weights fit into the last-level cache, which is faster than the memory of the prediction"
          : "the machine was faster during the trial than just before and after it"
      }
      if seconds.median / predicted - 1 <= prediction.tolerance {
        let stolen = steal.flatMap {
          $0 > 0.01 ? ", and the hypervisor gave \(fixed($0 * 100, 1)) % of the time to others" : nil
        }
        return "stalls: the median is within \(percent) %, but the slowest sample took"
          + " \(fixed(seconds.maximum / seconds.median, 1)) times as long as it\(stolen ?? "")"
      }
      if seconds.minimum / predicted - 1 <= prediction.tolerance {
        return "noise: the fastest sample is within \(percent) %"
      }
      if let steal, steal > 0.02 {
        return "the hypervisor gave \(fixed(steal * 100, 1)) % of the processors' time to others"
      }
      if let otherLoad, otherLoad > 0.1 {
        return "other processes used \(fixed(otherLoad * 100, 0)) % of the processors"
      }
      let operation = slowestOperation.map { ": \($0)" } ?? "; --profile shows which operation lost it"
      return "the machine was slower during the trial than just before and after it\(operation)"
    }

    private func rate(_ bytesPerSecond: Double) -> String { "\(fixed(bytesPerSecond * 1e-9, 1)) GB/s" }
  }
}
