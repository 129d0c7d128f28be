/// Bytes that a trial will take, by purpose.
public struct MemoryDemand: Sendable, Equatable {
  /// Packed weights.
  public var weightBytes: Int
  /// Keys and values of the batch.
  public var kvCacheBytes: Int
  /// Buffers of a forward pass and scratch.
  public var activationBytes: Int

  public init(weightBytes: Int, kvCacheBytes: Int, activationBytes: Int) {
    self.weightBytes = weightBytes
    self.kvCacheBytes = kvCacheBytes
    self.activationBytes = activationBytes
  }

  /// All but the weights: what a session adds to a model that is loaded.
  public var sessionBytes: Int { saturatingSum(kvCacheBytes, activationBytes) }
  public var totalBytes: Int { saturatingSum(weightBytes, sessionBytes) }

  /// With what the calls of a trial keep beside the model: prompts, new tokens and the times of each.
  func with(_ trial: Trial, useCache: Bool) -> MemoryDemand {
    let (batch, input, output) = (Double(trial.batchSize), Double(trial.inputLength), Double(trial.outputLength))
    // Without a cache a call holds the growing sequences beside the prompts.
    let tokens = batch * (useCache ? input + output : 2 * (input + output))
    var demand = self
    demand.activationBytes = saturatingSum(activationBytes, Int(min(4 * tokens + 8 * output, 0x1p62)))
    return demand
  }

  // A hostile sweep file may ask for more bytes than Int counts; that is still "too much", not a trap.
  private func saturatingSum(_ a: Int, _ b: Int) -> Int {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : sum
  }
}
