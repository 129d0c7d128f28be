/// The machine as its operating system describes it. What cannot be read is "unknown" or `nil`.
public struct MachineDescription: Sendable, Equatable {
  var processorName: String
  /// Instruction-set flags that matter to the kernels, of those the processor has.
  var flags: [String]
  /// Processors that the system runs.
  var logicalProcessors: Int
  /// Cores, with hardware threads counted once; `nil` when unknown.
  var physicalCores: Int?
  /// "L1 Data" → bytes, of the first processor.
  var caches: [(name: String, bytes: Int)]
  var kernel: String
  var transparentHugePages: String
  var governor: String
  var memoryBytes: Int?
  /// The processors that this process may use, "0-3,8".
  var affinity: String

  public static func == (a: MachineDescription, b: MachineDescription) -> Bool {
    a.machine == b.machine && a.flags == b.flags && a.kernel == b.kernel
  }

  /// Name and size: what must be equal for two runs to be comparable.
  public var machine: String { "\(processorName), \(counted(logicalProcessors, "processor"))" }

  /// Reads the description.
  ///
  /// - Parameter root: where /proc and /sys are looked for; "" on a real machine.
  public static func read(root: String = "") -> MachineDescription {
    let information = SystemFile.text(root + "/proc/cpuinfo", limit: 16 << 20) ?? ""
    let status = SystemFile.text(root + "/proc/self/status") ?? ""
    let system = root + "/sys/devices/system/cpu"
    return MachineDescription(
      processorName: ["model name", "Model", "cpu model", "Processor"].lazy
        .compactMap { SystemFile.field($0, in: information) }.first { !$0.isEmpty } ?? platformProcessorName(),
      flags: flags(in: information),
      logicalProcessors: processorCount(in: information) ?? onlineProcessors(),
      physicalCores: physicalCores(in: information),
      caches: caches(root: system),
      kernel: SystemFile.text(root + "/proc/sys/kernel/osrelease") ?? kernelRelease(),
      transparentHugePages: SystemFile.text(root + "/sys/kernel/mm/transparent_hugepage/enabled").map(selected)
        ?? "unknown",
      governor: SystemFile.text(system + "/cpu0/cpufreq/scaling_governor") ?? "unknown",
      memoryBytes: SystemFile.text(root + "/proc/meminfo").flatMap { AvailableMemory.kilobytes("MemTotal", in: $0) },
      affinity: SystemFile.field("Cpus_allowed_list", in: status) ?? "unknown")
  }

  /// "always [madvise] never" says "madvise".
  static func selected(_ choices: String) -> String {
    guard let open = choices.firstIndex(of: "["), let close = choices.firstIndex(of: "]"), open < close else {
      return choices
    }
    return String(choices[choices.index(after: open)..<close])
  }

  private static let interestingFlags: Set<String> = [
    "sse4_2", "avx", "f16c", "fma", "avx2", "avx_vnni", "avx512f", "avx512bw", "avx512vl", "avx512_vnni",
    "avx512_bf16", "avx512_fp16", "avx512_vbmi", "amx_tile", "amx_bf16", "amx_int8", "asimd", "asimdhp", "asimddp",
    "bf16", "i8mm", "sve", "sve2",
  ]

  private static func flags(in information: String) -> [String] {
    guard let line = SystemFile.field("flags", in: information) ?? SystemFile.field("Features", in: information) else {
      return []
    }
    return line.split(separator: " ").map(String.init).filter(interestingFlags.contains).sorted()
  }

  private static func processorCount(in information: String) -> Int? {
    let count = information.split(separator: "\n").count { $0.hasPrefix("processor") }
    return count > 0 ? count : nil
  }

  private static func physicalCores(in information: String) -> Int? {
    var cores: Set<String> = []
    var package = "0"
    for line in information.split(separator: "\n") {
      if line.hasPrefix("physical id") { package = SystemFile.field("physical id", in: String(line)) ?? "0" }
      if line.hasPrefix("core id"), let core = SystemFile.field("core id", in: String(line)) {
        cores.insert(package + ":" + core)
      }
    }
    return cores.isEmpty ? nil : cores.count
  }

  private static func caches(root: String) -> [(name: String, bytes: Int)] {
    (0..<8).compactMap { index in
      let folder = "\(root)/cpu0/cache/index\(index)"
      guard let level = SystemFile.text(folder + "/level"), let type = SystemFile.text(folder + "/type"),
        let size = SystemFile.text(folder + "/size").flatMap(byteCount)
      else { return nil }
      return ("L\(level) \(type)", size)
    }
  }

  /// "32K", "1M" or a plain number, in bytes.
  private static func byteCount(_ text: String) -> Int? {
    let shift = text.hasSuffix("K") ? 10 : text.hasSuffix("M") ? 20 : text.hasSuffix("G") ? 30 : 0
    guard let number = Int(shift == 0 ? text[...] : text.dropLast()), number >= 0, number < 1 << 30 else { return nil }
    return number << shift
  }
}
