import KernelInterface
import Tensor
import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `llm-bench roofline`: measures this machine's ceilings.
public struct RooflineJob {
  private let threads: Int?
  private let json: Bool
  private let standardOutput: any TextSink
  private let standardError: any TextSink

  /// - Parameters:
  ///   - threads: the largest number of threads; `nil` for as many as the process may use.
  ///   - json: one object instead of tables.
  public init(
    threads: Int?, json: Bool, standardOutput: any TextSink = DescriptorSink.standardOutput,
    standardError: any TextSink = DescriptorSink.standardError
  ) {
    self.threads = threads
    self.json = json
    self.standardOutput = standardOutput
    self.standardError = standardError
  }

  /// - Throws: `InputError` for a number of threads that cannot be, `UnavailableInstructionSet` when the environment
  ///   asks for one.
  public func run() throws -> CommandStatus {
    let threads = try ThreadCount.resolve(option: threads).largest
    let forced = getenv(InstructionSet.variable).map { String(cString: $0) } ?? ""
    let sets = forced.isEmpty ? InstructionSet.available : [try InstructionSet.select(forced)]
    let machine = MachineDescription.read()
    let progress = Progress(sink: standardError)
    if BuildDescription.configuration == "debug" {
      progress.note("note: a debug build; kernels are optimised all the same")
    }
    if threads > Workers.availableProcessors {
      progress.note(
        "warning: \(threads) threads on \(counted(Workers.availableProcessors, "processor")) wait for each other")
    }
    let environment = EnvironmentRecord(
      machine: machine, instructionSet: sets[0].name, threads: ThreadCount(threads), hugePages: true)
    let start = EnvironmentRecord.Moment()
    let bytes = ReadProbe.byteCount(
      lastLevelCache: machine.lastLevelCacheBytes, threads: threads, available: start.availableMemory)
    if bytes == nil { progress.note("warning: too little memory is free to measure its bandwidth") }
    let roofline = try Roofline.measure(sets, threads: threads, bufferBytes: bytes, steady: .thorough) {
      progress.note("measuring the \($0)")
    }
    let conditions = environment.json(start: start, end: .init())
    if json {
      try standardOutput.write(JSONWriter(indentation: 2).text(roofline.json(environment: conditions)) + "\n")
    } else {
      try standardOutput.write(machine.summary(loads: start.loads) + "\n" + roofline.text)
    }
    for sentence in roofline.noise { progress.note("warning: the machine is noisy: \(sentence)") }
    return .done
  }
}

extension MachineDescription {
  /// Bytes of the last-level cache that the first processor uses; 0 when unknown.
  var lastLevelCacheBytes: Int { caches.map(\.bytes).max() ?? 0 }

  /// What bears on a measurement, for people.
  fileprivate func summary(loads: [Double]) -> String {
    let caches = caches.map { "\($0.name) \(byteText($0.bytes))" }.joined(separator: ", ")
    return "\(self.machine)\n"
      + "caches: \(caches.isEmpty ? "unknown" : caches)\n"
      + "huge pages: \(transparentHugePages), governor: \(governor), processors allowed: \(affinity), load:"
      + " \(loads.first.map { fixed($0, 2) } ?? "unknown")\n"
  }
}
