#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A reading of the machine's counters: two of them say what happened between.
struct SystemActivity: Sendable, Equatable {
  /// Seconds since any moment.
  var time: Double
  /// Seconds of all processors together since the machine started; `nil` when unknown.
  var processors: ProcessorTimes?
  /// Processor seconds that this process and its children that have ended have used.
  var ownSeconds: Double
  /// Times that the kernel took a processor from a thread of this process.
  var involuntarySwitches: Int
  /// Seconds that the control group's quota kept it from running; `nil` when unknown.
  var throttledSeconds: Double?
  /// Times that cores were slowed because they were too hot; `nil` when unknown.
  var thermalThrottles: Int?
  /// Hertz, mean over the processors; `nil` when unknown.
  var frequency: Double?
  var energy: EnergyCounters?

  struct ProcessorTimes: Sendable, Equatable {
    var busy: Double
    var idle: Double
    var steal: Double
    var total: Double { busy + idle + steal }
  }

  /// - Parameter root: where /proc and /sys are looked for; "" on a real machine.
  static func now(root: String = "") -> SystemActivity {
    let usage = ownUsage()
    return SystemActivity(
      time: Double(Monotonic.now()) * 1e-9,
      processors: SystemFile.text(root + "/proc/stat").flatMap { times($0) }, ownSeconds: usage.seconds,
      involuntarySwitches: usage.switches,
      throttledSeconds: ControlGroup.all(root: root, controller: "cpu").compactMap { $0.throttledSeconds() }.max(),
      thermalThrottles: thermalThrottles(root + "/sys/devices/system/cpu"),
      frequency: frequency(root), energy: EnergyCounters.now(root: root))
  }

  /// The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal, in ticks.
  private static func times(_ text: String) -> ProcessorTimes? {
    guard let ticks = SystemFile.field("cpu", in: text)?.split(separator: " ").map({ Double($0) }), ticks.count >= 8
    else { return nil }
    let values = ticks.map { ($0 ?? 0) / ticksPerSecond }
    return ProcessorTimes(
      busy: values[0] + values[1] + values[2] + values[5] + values[6], idle: values[3] + values[4], steal: values[7])
  }

  private static let ticksPerSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))

  private static func ownUsage() -> (seconds: Double, switches: Int) {
    var own = rusage()
    // Other engines run in children, which count once they have ended.
    var children = rusage()
    #if canImport(Glibc)
      guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &own) == 0 else { return (0, 0) }
      _ = getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &children)
    #else
      guard getrusage(RUSAGE_SELF, &own) == 0 else { return (0, 0) }
      _ = getrusage(RUSAGE_CHILDREN, &children)
    #endif
    let times = [own.ru_utime, own.ru_stime, children.ru_utime, children.ru_stime]
    let seconds = times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) * 1e-6 }
    return (seconds, own.ru_nivcsw)
  }

  private static func thermalThrottles(_ folder: String) -> Int? {
    let counts = (0..<256).prefix { SystemFile.exists("\(folder)/cpu\($0)/thermal_throttle") }.compactMap {
      SystemFile.text("\(folder)/cpu\($0)/thermal_throttle/core_throttle_count").flatMap { Int($0) }
    }
    return counts.isEmpty ? nil : counts.reduce(0) { $0 &+ $1 }
  }

  /// What the kernel measured of late, else what it asked for, else the fixed clock that a virtual machine is told.
  private static func frequency(_ root: String) -> Double? {
    let folder = root + "/sys/devices/system/cpu"
    let scaled = (0..<256).prefix { SystemFile.exists("\(folder)/cpu\($0)/cpufreq") }.compactMap {
      SystemFile.text("\(folder)/cpu\($0)/cpufreq/scaling_cur_freq").flatMap { Double($0) }
    }
    if !scaled.isEmpty { return Statistics.mean(scaled) * 1000 }
    let information = SystemFile.text(root + "/proc/cpuinfo", limit: 16 << 20) ?? ""
    let megahertz = information.split(separator: "\n").filter { $0.hasPrefix("cpu MHz") }.compactMap {
      SystemFile.field("cpu MHz", in: String($0)).flatMap { Double($0) }
    }
    return megahertz.isEmpty ? nil : Statistics.mean(megahertz) * 1e6
  }
}

extension SystemActivity {
  /// What happened since an earlier reading. Parts are `nil` when the kernel's ticks are too coarse for the time between.
  struct Difference: Sendable, Equatable {
    var seconds: Double
    /// Part of the processors' time that the hypervisor gave to others.
    var steal: Double?
    /// Part of the processors' time that other processes used.
    var otherLoad: Double?
    var involuntarySwitches: Int
    var throttledSeconds: Double?
    var thermalThrottles: Int?
    var packageJoules: Double?
    var memoryJoules: Double?
  }

  func since(_ start: SystemActivity) -> Difference {
    var difference = Difference(
      seconds: time - start.time, involuntarySwitches: involuntarySwitches - start.involuntarySwitches,
      throttledSeconds: throttledSeconds.flatMap { end in start.throttledSeconds.map { max(0, end - $0) } },
      thermalThrottles: thermalThrottles.flatMap { end in start.thermalThrottles.map { max(0, end - $0) } })
    if let end = processors, let begin = start.processors, end.total - begin.total >= 20 / Self.ticksPerSecond {
      let total = end.total - begin.total
      difference.steal = max(0, end.steal - begin.steal) / total
      difference.otherLoad = min(1, max(0, (end.busy - begin.busy) - (ownSeconds - start.ownSeconds)) / total)
    }
    if let end = energy, let begin = start.energy, let joules = end.joules(since: begin) {
      difference.packageJoules = joules.packages
      difference.memoryJoules = end.counters.contains { $0.name == "dram" } ? joules.memory : nil
    }
    return difference
  }
}
