/// Decides before anything is allocated whether a trial can fit.
///
/// An allocation that the kernel cannot back is not refused when it is made: the process is killed later, with
/// everything that was not on disk. So the demand is compared with the limits first.
public struct MemoryGuard: Sendable {
  /// Left alone for the process itself: stacks, results, the allocator's slack.
  public static let reserve = 64 << 20

  private let available: @Sendable () -> AvailableMemory?

  /// - Parameter available: asked before each decision; `nil` means that nothing is known and everything fits.
  public init(available: @escaping @Sendable () -> AvailableMemory? = { AvailableMemory.now() }) {
    self.available = available
  }

  /// Why `demand` cannot be met, or `nil` when it can.
  ///
  /// - Parameter weightsLoaded: the weights are in memory already and count no more.
  public func refusal(_ demand: MemoryDemand, weightsLoaded: Bool) -> String? {
    guard let available = available() else { return nil }
    let needed = weightsLoaded ? demand.sessionBytes : demand.totalBytes
    guard needed > available.bytes - Self.reserve else { return nil }
    var parts = ["KV cache \(byteText(demand.kvCacheBytes))", "activations \(byteText(demand.activationBytes))"]
    if !weightsLoaded { parts.insert("weights \(byteText(demand.weightBytes))", at: 0) }
    return "needs \(byteText(needed)) (\(parts.joined(separator: ", "))) and \(byteText(Self.reserve)) to spare,"
      + " but \(byteText(available.bytes)) are free by \(available.limit)"
  }
}

/// A number of bytes for people, in powers of 1000: "2.63 GB".
func byteText(_ bytes: Int) -> String {
  let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
  var value = Double(bytes)
  var unit = 0
  while value >= 999.5 && unit < units.count - 1 {
    value /= 1000
    unit += 1
  }
  return fixed(value, unit == 0 ? 0 : value < 10 ? 2 : value < 100 ? 1 : 0) + " " + units[unit]
}
