import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `llm-bench run --against`: runs a sweep again and again with two builds or configurations in turn, each time in a
/// process of its own, and compares them.
///
/// Rounds go A B, B A, A B, …, so that a machine that becomes slower or faster treats both alike. A is the other build or
/// configuration, the baseline; B is this one.
struct AgainstJob {
  let options: RunOptions
  let sweep: Sweep
  let standardOutput: any TextSink
  let standardError: any TextSink
  /// This program.
  var executable = AgainstJob.ownExecutable()

  /// One side: what is started, and where its rounds go.
  private struct Side {
    var name: String
    var executable: String
    var sweepFile: String
    var overrides: [String]
  }

  /// - Throws: `InputError` for a target that cannot be run, or a child that ends without rows.
  func run() throws -> CommandStatus {
    try CompareJob.check(options.failOnSlower)
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
    let sides = try sides()
    let folder = try ResultsFolder.path(
      output: options.output, benchmark: sweep.benchmarkName + "-against", resume: options.resume)
    if !options.resume, let taken = sides.map({ "\(folder)/\($0.name)" }).first(where: { FileKind(of: $0) != nil }) {
      throw InputError(
        file: taken, problem: "exists already",
        cure: "Add --resume to go on with it, give another --output, or remove it.")
    }
    let progress = Progress(sink: standardError)
    progress.note("A: \(describe(sides[0])), B: \(describe(sides[1])); results: \(folder)")
    watchSignals(folder)
    for round in 1...options.rounds {
      for side in round % 2 == 1 ? sides : sides.reversed() { try run(side, round: round, folder: folder) }
      progress.note("[\(round)/\(options.rounds)] \(try interim(folder))")
    }
    let comparison = try comparison(folder)
    guard !comparison.trials.isEmpty else {
      throw InputError(file: folder, problem: "A and B have no measured trial in common", cure: "See their logs there.")
    }
    return try CompareJob.finish(comparison, format, options.failOnSlower, standardOutput)
  }

  private func sides() throws -> [Side] {
    let own = Side(name: "b", executable: executable, sweepFile: options.sweepFile, overrides: options.overrides)
    var other = own
    other.name = "a"
    switch try AgainstTarget(options.against ?? "") {
    case .executable(let path): other.executable = path
    case .sweepFile(let path):
      other.sweepFile = path
      _ = try SweepFile.load(path: path, overrides: options.overrides)
    case .override(let text):
      other.overrides.append(text)
      _ = try SweepFile.load(path: options.sweepFile, overrides: other.overrides)
    }
    return [other, own]
  }

  private func describe(_ side: Side) -> String {
    let program = side.executable == executable ? "" : "\(side.executable) "
    return program + ([side.sweepFile] + side.overrides).joined(separator: " ")
  }

  private func run(_ side: Side, round: Int, folder: String) throws {
    let output = "\(folder)/\(side.name)/\(ComparedRun.roundName(round))"
    try ResultsFolder.create(output)
    var arguments = ["run", side.sweepFile] + side.overrides + ["--output", output, "--no-roofline"]
    if let threads = options.threads { arguments += ["--threads", "\(threads)"] }
    if let point = options.point { arguments += ["--point", "\(point)"] }
    if options.resume, FileKind(of: "\(output)/\(ResultsFile.name)") == .file { arguments.append("--resume") }
    let log = "\(output)/log.txt"
    let status = try BenchmarkProcess.run(side.executable, arguments, log: log)
    // A trial that failed is a row; the others count.
    let hasEnded = status == CommandStatus.done.rawValue || status == CommandStatus.failed.rawValue
    let hasRows = FileKind(of: "\(output)/\(ResultsFile.name)") == .file
    guard hasEnded, hasRows else {
      let words = SystemFile.text(log).map { $0.split(separator: "\n").suffix(4).joined(separator: "\n  ") } ?? ""
      throw InputError(
        file: log,
        problem: "\(describe(side)) ended with \(status)\(hasRows ? "" : " and wrote no results"):\n  \(words)",
        cure: "Mend it and add --resume.")
    }
  }

  private func comparison(_ folder: String) throws -> Comparison {
    Comparison(try ComparedRun(path: folder + "/a"), try ComparedRun(path: folder + "/b"))
  }

  /// How the rounds so far look, for a person who waits.
  private func interim(_ folder: String) throws -> String {
    let trials = try comparison(folder).trials
    return trials.prefix(4).map { "B / A \(fixed($0.latency.ratio.ratio, 3)) (\($0.name))" }.joined(separator: ", ")
      + (trials.count > 4 ? ", …" : "")
  }

  private func watchSignals(_ folder: String) {
    let standardError = standardError
    SignalWatch.start { signal in
      BenchmarkProcess.interrupt()
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
