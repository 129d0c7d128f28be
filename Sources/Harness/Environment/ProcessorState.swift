import Transformer

/// How the processors are set up, as the kernel tells it. What cannot be read is "unknown" or `nil`.
struct ProcessorState: Sendable, Equatable {
  /// "on", "off" or "unknown": whether cores run several hardware threads.
  var simultaneousMultithreading: String
  /// "on", "off" or "unknown": whether clocks may exceed the base frequency.
  var turbo: String
  /// Hertz; the highest that the governor allows.
  var maximumFrequency: Double?
  /// NUMA nodes that have processors; `nil` when unknown.
  var numaNodes: Int?
  /// Processors that the control groups of this process grant together, 2.5 for instance; `nil` for no limit.
  var processorQuota: Double?
  /// Bytes that they grant; `nil` for no limit.
  var memoryLimit: Int?

  /// - Parameter root: where /proc and /sys are looked for; "" on a real machine.
  static func read(root: String = "") -> ProcessorState {
    let system = root + "/sys/devices/system"
    let groups = ControlGroup.all(root: root)
    return ProcessorState(
      simultaneousMultithreading: SystemFile.text(system + "/cpu/smt/active").map { $0 == "1" ? "on" : "off" }
        ?? "unknown",
      turbo: turbo(system + "/cpu"),
      maximumFrequency: SystemFile.text(system + "/cpu/cpu0/cpufreq/scaling_max_freq").flatMap { Double($0) }
        .map { $0 * 1000 },
      numaNodes: SystemFile.text(system + "/node/has_cpu").flatMap(count),
      processorQuota: ControlGroup.all(root: root, controller: "cpu").compactMap { $0.processorQuota() }.min(),
      memoryLimit: groups.compactMap { $0.memoryLimit() }.min())
  }

  private static func turbo(_ folder: String) -> String {
    // Intel's driver says when turbo is off, the others when it is on.
    if let off = SystemFile.text(folder + "/intel_pstate/no_turbo") { return off == "0" ? "on" : "off" }
    if let on = SystemFile.text(folder + "/cpufreq/boost") { return on == "0" ? "off" : "on" }
    return "unknown"
  }

  /// How many numbers "0-3,8" has.
  private static func count(_ list: String) -> Int? {
    var count = 0
    for part in list.split(separator: ",") {
      let bounds = part.split(separator: "-").map { Int($0) }
      guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, last >= first else { return nil }
      count += last - first + 1
    }
    return count > 0 ? count : nil
  }
}

extension ControlGroup {
  /// Processors that the group may use; `nil` for as many as there are.
  func processorQuota() -> Double? {
    let values: [Double?]
    switch version {
    case .v2: values = SystemFile.text(folder + "/cpu.max").map { $0.split(separator: " ").map { Double($0) } } ?? []
    case .v1:
      values = ["quota", "period"].map { SystemFile.text("\(folder)/cpu.cfs_\($0)_us").flatMap { Double($0) } }
    }
    // "max", or −1 in version 1, means no limit.
    guard values.count == 2, let quota = values[0], let period = values[1], quota > 0, period > 0 else { return nil }
    return quota / period
  }

  /// Seconds that the group's processes waited because their quota was used up; `nil` when unknown.
  func throttledSeconds() -> Double? {
    guard let statistics = SystemFile.text(folder + "/cpu.stat") else { return nil }
    let (key, unit) = version == .v2 ? ("throttled_usec", 1e-6) : ("throttled_time", 1e-9)
    return SystemFile.field(key, in: statistics).flatMap { Double($0) }.map { $0 * unit }
  }
}
