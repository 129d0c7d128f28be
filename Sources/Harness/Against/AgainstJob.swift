import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `llm-bench run --against`: runs a sweep in rounds with two builds or configurations in turn and compares them, until
/// the comparison is as sure as it need be.
///
/// A is the other build or configuration, the baseline; B is this one. Each round starts a process of each side, and the
/// two take turns call by call, A B B A, so that a machine that becomes slower or faster treats both alike. Rounds are
/// repeated because a process is lucky or unlucky with its memory as a whole.
struct AgainstJob {
  let options: RunOptions
  let sweep: Sweep
  let standardOutput: any TextSink
  let standardError: any TextSink
  /// This program.
  var executable = AgainstJob.ownExecutable()
  /// What both processes may take together; `nil` when unknown.
  var availableMemory: () -> AvailableMemory? = { AvailableMemory.now() }

  /// - Throws: `InputError` for a target that cannot be run, or a child that ends without rows.
  func run() throws -> CommandStatus {
    let format = try checkedFormat()
    let folder = try ResultsFolder.path(
      output: options.output, benchmark: sweep.benchmarkName + "-against", resume: options.resume)
    let sides = try sides(folder)
    if !options.resume, let taken = sides.map({ "\(folder)/\($0.name)" }).first(where: { FileKind(of: $0) != nil }) {
      throw InputError(
        file: taken, problem: "exists already",
        cure: "Add --resume to go on with it, give another --output, or remove it.")
    }
    try ResultsFolder.create(folder)
    let lock = try lockFolder(folder)
    defer { close(lock) }
    let progress = Progress(sink: standardError)
    let sidesLock = try lockSides(folder, progress)
    defer { close(sidesLock) }
    progress.note(
      "A: \(sides[0].text(unlike: executable)), B: \(sides[1].text(unlike: executable)); results: \(folder)")
    watchSignals(folder)
    let takesTurns = try canTakeTurns(sides, progress)
    let start = Monotonic.now()
    var comparison = Comparison()
    for round in 1...options.rounds {
      try AgainstRound(sides: sides, number: round, options: options, takesTurns: takesTurns, lock: sidesLock).run()
      comparison = try self.comparison(folder)
      guard !comparison.trials.isEmpty else {
        throw InputError(
          file: folder, problem: "A and B have no measured trial in common", cure: "See their logs there.")
      }
      progress.note("[\(round)/\(options.rounds)] \(interim(comparison))")
      let isLate = Monotonic.seconds(from: start, to: Monotonic.now()) >= options.maximumSeconds
      if comparison.isNarrow || (isLate && comparison.hasIntervals) { break }
    }
    return try CompareJob.finish(comparison, format, options.failOnSlower, standardOutput)
  }

  private func checkedFormat() throws -> ComparisonFormat {
    try CompareJob.check(options.failOnSlower)
    try CompareJob.check(margin: options.margin)
    guard let format = ComparisonFormat(rawValue: options.format.rawValue) else {
      throw InputError(
        path: ["--format"], problem: "\(options.format.rawValue) does not go with --against",
        cure: "Use \(ComparisonFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    if options.profile || options.trace != nil {
      throw InputError(
        path: ["--against"], problem: "does not go with --profile and --trace", cure: "Profile each side by itself.")
    }
    guard (1...ComparedRun.maximumRoundCount).contains(options.rounds) else {
      throw InputError(
        path: ["--rounds"], problem: "is \(options.rounds)", cure: "Use 1 to \(ComparedRun.maximumRoundCount).")
    }
    guard options.maximumSeconds >= 0, options.maximumSeconds < .infinity else {
      throw InputError(
        path: ["--max-seconds"], problem: "is \(options.maximumSeconds)", cure: "Give seconds, such as 900.")
    }
    return format
  }

  private func sides(_ folder: String) throws -> [AgainstSide] {
    let own = AgainstSide(
      name: "b", executable: executable, sweepFile: options.sweepFile, overrides: options.overrides, sweep: sweep,
      folder: folder)
    var other = own
    other.name = "a"
    switch try AgainstTarget(options.against ?? "") {
    case .executable(let path): other.executable = path
    case .sweepFile(let path):
      other.sweepFile = path
      other.sweep = try SweepFile.load(path: path, overrides: options.overrides)
    case .override(let text):
      other.overrides.append(text)
      other.sweep = try SweepFile.load(path: options.sweepFile, overrides: other.overrides)
    }
    return [other, own]
  }

  /// Two runs in one folder would spoil each other's rounds.
  private func lockFolder(_ folder: String) throws -> Int32 {
    guard let descriptor = try lock(folder, waits: false) else {
      throw lockError(folder, "is being written by another run")
    }
    return descriptor
  }

  /// A lock that the processes of both sides inherit: those of a run that was killed end with their turn, but not before.
  private func lockSides(_ folder: String, _ progress: Progress) throws -> Int32 {
    let path = folder + "/a"
    try ResultsFolder.create(path)
    if let descriptor = try lock(path, waits: false) { return descriptor }
    progress.note("waiting for the processes of the run that was interrupted")
    guard let descriptor = try lock(path, waits: true) else { throw lockError(path, "is locked") }
    return descriptor
  }

  /// A descriptor of the folder that holds the lock; `nil` when another holds it.
  private func lock(_ folder: String, waits: Bool) throws -> Int32? {
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw lockError(folder, "cannot be opened: \(errorText(errno))") }
    while flock(descriptor, waits ? LOCK_EX : LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      if code == EINTR { continue }
      close(descriptor)
      if code == EWOULDBLOCK { return nil }
      throw lockError(folder, "cannot be locked: \(errorText(code))")
    }
    return descriptor
  }

  private func lockError(_ folder: String, _ problem: String) -> InputError {
    InputError(file: folder, problem: problem, cure: "Wait for it or give another --output.")
  }

  /// Whether both sides can be in memory at once. Other engines have processes of their own, which take no turns.
  private func canTakeTurns(_ sides: [AgainstSide], _ progress: Progress) throws -> Bool {
    guard sides.allSatisfy({ $0.sweep.engines == [.native] }) else { return false }
    guard let available = availableMemory() else { return true }
    let limit = max(0, available.bytes - 2 * MemoryGuard.reserve)
    let demands = try sides.map { try $0.memoryDemand(upTo: limit, threads: options.threads) }
    if demands[0] <= limit - demands[1] { return true }
    progress.note(
      "A and B take \(byteText(demands[0])) and \(byteText(demands[1])), but \(byteText(available.bytes)) are free by"
        + " \(available.limit): they are loaded one after the other, and it takes more rounds to be sure")
    return false
  }

  private func comparison(_ folder: String) throws -> Comparison {
    Comparison(try ComparedRun(path: folder + "/a"), try ComparedRun(path: folder + "/b"), margin: options.margin)
  }

  /// How the rounds so far look, for a person who waits.
  private func interim(_ comparison: Comparison) -> String {
    let trials = comparison.trials.prefix(4).map { trial in
      let interval = trial.latency.ratio.interval.map { ", \(fixed($0.lowerBound, 3)) … \(fixed($0.upperBound, 3))" }
      return "B / A \(fixed(trial.latency.ratio.ratio, 3))\(interval ?? "") (\(trial.name))"
    }
    return trials.joined(separator: "; ") + (comparison.trials.count > 4 ? "; …" : "")
  }

  private func watchSignals(_ folder: String) {
    let standardError = standardError
    SignalWatch.start { signal in
      RunningChildren.endAll()
      try? standardError.write("interrupted: go on with --resume --output \(folder)\n")
      SignalWatch.exit(signal)
    }
  }

  static func ownExecutable() -> String {
    #if os(Linux)
      return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4097) { buffer in
        let count = readlink("/proc/self/exe", buffer.baseAddress!, 4096)
        guard count > 0 else { return CommandLine.arguments[0] }
        buffer[count] = 0
        return String(cString: buffer.baseAddress!)
      }
    #else
      return CommandLine.arguments[0]
    #endif
  }
}
