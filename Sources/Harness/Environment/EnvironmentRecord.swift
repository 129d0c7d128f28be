import Tensor
import Transformer

/// The conditions of a measurement, as they stand in each row. The host's name is left out: rows are made to be shared.
struct EnvironmentRecord: Sendable {
  private let machine: MachineDescription
  private let processors: ProcessorState
  private let instructionSet: String
  private let threads: ThreadCount
  private let hugePages: Bool

  init(
    machine: MachineDescription, processors: ProcessorState = .read(), instructionSet: String, threads: ThreadCount,
    hugePages: Bool
  ) {
    self.machine = machine
    self.processors = processors
    self.instructionSet = instructionSet
    self.threads = threads
    self.hugePages = hugePages
  }

  /// What changes while a trial runs.
  struct Moment: Sendable {
    var time = Timestamp.now()
    var loads = loadAverages()
    var availableMemory = AvailableMemory.now()?.bytes
    var hugePageBytes = HugePages.obtainedBytes()
    var activity = SystemActivity.now()
    /// How far apart the processors are; `nil` when it was not measured.
    var barrier: BarrierTime?
  }

  /// Bytes of all last-level caches that the threads may use together; 0 when unknown.
  var lastLevelCacheBytes: Int { machine.lastLevelCacheBytes }

  /// The row's `environment` object.
  func json(start: Moment, end: Moment) -> ConfigurationValue {
    let activity = end.activity.since(start.activity)
    var object = JSONObject()
    object["cpu_model"] = .string(machine.processorName)
    object["cpu_flags"] = .array(machine.flags.map { .string($0) })
    object["logical_processors"] = .integer(machine.logicalProcessors)
    object["physical_cores"] = .optional(machine.physicalCores)
    object["smt"] = .string(processors.simultaneousMultithreading)
    object["numa_nodes"] = .optional(processors.numaNodes)
    object["caches_bytes"] = .object(machine.caches.map { .init(key: $0.name, value: .integer($0.bytes)) })
    object["memory_bytes"] = .optional(machine.memoryBytes)
    object["available_memory_bytes"] = .optional(start.availableMemory)
    object["kernel"] = .string(machine.kernel)
    object["transparent_huge_pages"] = .string(machine.transparentHugePages)
    object["huge_pages_requested"] = .bool(hugePages)
    object["huge_pages_obtained_bytes"] = .optional(end.hugePageBytes)
    object["governor"] = .string(machine.governor)
    object["turbo"] = .string(processors.turbo)
    object["frequency_max_hz"] = .optional(processors.maximumFrequency)
    object["frequency_start_hz"] = .optional(start.activity.frequency)
    object["frequency_end_hz"] = .optional(end.activity.frequency)
    object["affinity"] = .string(machine.affinity)
    object["cgroup_processors"] = .optional(processors.processorQuota)
    object["cgroup_memory_bytes"] = .optional(processors.memoryLimit)
    object["isa"] = .string(instructionSet)
    object["prefill_threads"] = .integer(threads.prefill)
    object["decode_threads"] = .integer(threads.decode)
    object["swift"] = .string(BuildDescription.compiler)
    object["build"] = .string(BuildDescription.configuration)
    object["build_flags"] = .string(BuildDescription.flags)
    object["git_commit"] = .string(BuildDescription.commit)
    object["started"] = .string(start.time)
    object["ended"] = .string(end.time)
    object["load_average_start"] = .array(start.loads.map { .optional($0) })
    object["load_average_end"] = .array(end.loads.map { .optional($0) })
    object["barrier_start_s"] = .optional(start.barrier?.seconds)
    object["barrier_end_s"] = .optional(end.barrier?.seconds)
    append(activity, to: &object)
    let moved = Self.move(from: start, to: end).map { [$0] } ?? []
    object["warnings"] = .array((warnings(activity) + moved).map { .string($0) })
    return object.value
  }

  private func append(_ activity: SystemActivity.Difference, to object: inout JSONObject) {
    object["elapsed_s"] = .optional(activity.seconds)
    object["steal_fraction"] = .optional(activity.steal)
    object["other_load_fraction"] = .optional(activity.otherLoad)
    object["involuntary_context_switches"] = .integer(activity.involuntarySwitches)
    object["cgroup_throttled_s"] = .optional(activity.throttledSeconds)
    object["thermal_throttles"] = .optional(activity.thermalThrottles)
    object["package_energy_j"] = .optional(activity.packageJoules)
    object["memory_energy_j"] = .optional(activity.memoryJoules)
  }

  /// What spoils a measurement, a sentence each.
  func warnings(_ activity: SystemActivity.Difference) -> [String] {
    var warnings = Self.disturbances(activity)
    if BuildDescription.configuration == "debug" { warnings.append("a debug build") }
    if !["performance", "unknown"].contains(machine.governor) {
      warnings.append("the frequency governor is \(machine.governor), not performance")
    }
    if threads.largest > Workers.availableProcessors {
      warnings.append("\(threads.largest) threads share \(counted(Workers.availableProcessors, "processor"))")
    }
    return warnings
  }

  /// Whether the processors are not where they were when a trial began; `nil` when they are.
  static func move(from start: Moment, to end: Moment) -> String? {
    guard let before = start.barrier, let after = end.barrier, !BarrierTime.isAlike(before, after) else { return nil }
    let direction = after.seconds < before.seconds ? "nearer to" : "further from"
    return "processors were moved \(direction) each other: a barrier took \(before.text), then \(after.text)"
  }

  /// Those of them that came from outside while a trial ran.
  static func disturbances(_ activity: SystemActivity.Difference) -> [String] {
    var warnings: [String] = []
    if let steal = activity.steal, steal > 0.02 {
      warnings.append("the hypervisor gave \(fixed(steal * 100, 1)) % of the processors' time to others")
    }
    if let load = activity.otherLoad, load > 0.1 {
      warnings.append("other processes used \(fixed(load * 100, 0)) % of the processors")
    }
    if let throttled = activity.throttledSeconds, throttled > 0.01 * activity.seconds {
      warnings.append("the control group's quota stopped the run for \(durationText(throttled))")
    }
    if let throttles = activity.thermalThrottles, throttles > 0 {
      warnings.append("cores were slowed \(counted(throttles, "time")) because they were too hot")
    }
    return warnings
  }
}
