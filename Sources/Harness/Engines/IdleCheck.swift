#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Looks whether the machine is idle before an engine's turn: what else runs would be counted against that engine.
struct IdleCheck {
  /// Processor time that others took over an interval.
  struct Load: Equatable {
    /// Processors that were busy on the mean; 0 is an idle machine.
    var busyProcessors: Double
    /// Seconds that were waited in vain for less.
    var waited: Double
  }

  /// Busy processors that count as idle.
  static let threshold = 0.15
  /// Seconds of one look.
  private static let interval = 0.4

  /// Seconds to wait for an idle machine at most.
  var patience = 5.0
  /// Cumulated busy seconds of all processors; `nil` where the system does not tell.
  var busySeconds: () -> Double? = IdleCheck.systemBusySeconds

  /// Waits until the machine is idle, `patience` seconds at most, and says how busy it was at last; `nil` when unknown.
  func run() -> Load? {
    let start = Monotonic.now()
    while true {
      guard let before = busySeconds() else { return nil }
      let lookStart = Monotonic.now()
      usleep(UInt32(Self.interval * 1e6))
      guard let after = busySeconds() else { return nil }
      let busy = max(0, after - before) / Monotonic.seconds(from: lookStart, to: Monotonic.now())
      let waited = Monotonic.seconds(from: start, to: lookStart)
      if busy <= Self.threshold || waited + 2 * Self.interval > patience {
        return Load(busyProcessors: busy, waited: waited)
      }
    }
  }

  /// Time that a hypervisor gave to others counts.
  static func systemBusySeconds() -> Double? { SystemActivity.now().processors.map { $0.busy + $0.steal } }
}
