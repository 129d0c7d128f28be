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

  // A hostile sweep file may ask for more bytes than Int counts; that is still "too much", not a trap.
  private func saturatingSum(_ a: Int, _ b: Int) -> Int {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : sum
  }
}
