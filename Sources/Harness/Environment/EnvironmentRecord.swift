import Transformer

/// The conditions of a measurement, as they stand in each row. The host's name is left out: rows are made to be shared.
struct EnvironmentRecord: Sendable {
  private let machine: MachineDescription
  private let instructionSet: String
  private let threads: ThreadCount
  private let hugePages: Bool

  init(machine: MachineDescription, instructionSet: String, threads: ThreadCount, hugePages: Bool) {
    self.machine = machine
    self.instructionSet = instructionSet
    self.threads = threads
    self.hugePages = hugePages
  }

  /// What changes while a trial runs.
  struct Moment: Sendable {
    var time = Timestamp.now()
    var loads = loadAverages()
    var availableMemory = AvailableMemory.now()?.bytes
  }

  /// The row's `environment` object.
  func json(start: Moment, end: Moment) -> ConfigurationValue {
    var object = JSONObject()
    object["cpu_model"] = .string(machine.processorName)
    object["cpu_flags"] = .array(machine.flags.map { .string($0) })
    object["logical_processors"] = .integer(machine.logicalProcessors)
    object["physical_cores"] = .optional(machine.physicalCores)
    object["caches_bytes"] = .object(machine.caches.map { .init(key: $0.name, value: .integer($0.bytes)) })
    object["memory_bytes"] = .optional(machine.memoryBytes)
    object["available_memory_bytes"] = .optional(start.availableMemory)
    object["kernel"] = .string(machine.kernel)
    object["transparent_huge_pages"] = .string(machine.transparentHugePages)
    object["huge_pages_requested"] = .bool(hugePages)
    object["governor"] = .string(machine.governor)
    object["affinity"] = .string(machine.affinity)
    object["isa"] = .string(instructionSet)
    object["prefill_threads"] = .integer(threads.prefill)
    object["decode_threads"] = .integer(threads.decode)
    object["swift"] = .string(BuildDescription.compiler)
    object["build"] = .string(BuildDescription.configuration)
    object["started"] = .string(start.time)
    object["ended"] = .string(end.time)
    object["load_average_start"] = .array(start.loads.map { .optional($0) })
    object["load_average_end"] = .array(end.loads.map { .optional($0) })
    return object.value
  }
}
