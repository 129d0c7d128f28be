import Transformer

/// One side of `run --against`: what is started, and where its rounds go.
struct AgainstSide {
  /// "a" or "b".
  var name: String
  var executable: String
  var sweepFile: String
  var overrides: [String]
  var sweep: Sweep
  /// The folder of both sides' rounds.
  var folder: String

  /// The trials as a comparison knows them, in the order in which a run numbers them.
  var keys: [ComparedRun.Key] {
    var seen: [Trial: Int] = [:]
    return sweep.trials.map { trial in
      let occurrence = seen[trial, default: 0]
      seen[trial] = occurrence + 1
      return ComparedRun.Key(
        engine: EngineName.native.rawValue, batchSize: trial.batchSize, inputLength: trial.inputLength,
        outputLength: trial.outputLength, occurrence: occurrence)
    }
  }

  func output(_ round: Int) -> String { "\(folder)/\(name)/\(ComparedRun.roundName(round))" }
  func log(_ round: Int) -> String { output(round) + "/log.txt" }

  func text(unlike own: String) -> String {
    ((executable == own ? [] : [executable]) + [sweepFile] + overrides).joined(separator: " ")
  }

  /// - Parameter takesTurns: whether the process waits for a turn before it measures.
  func arguments(_ options: RunOptions, round: Int, takesTurns: Bool) -> [String] {
    var arguments = ["run", sweepFile] + overrides + ["--output", output(round), "--no-roofline"]
    // Turns are what keeps drift from the comparison: trials that are interleaved too would meet no partner.
    if takesTurns { arguments += ["order=grid", "--take-turns"] }
    if let threads = options.threads { arguments += ["--threads", "\(threads)"] }
    if let point = options.point { arguments += ["--point", "\(point)"] }
    if options.resume, FileKind(of: "\(output(round))/\(ResultsFile.name)") == .file { arguments.append("--resume") }
    return arguments
  }

  /// Bytes that its process takes at most, trials that exceed `limit` left out: they are refused in any case.
  func memoryDemand(upTo limit: Int, threads: Int?) throws -> Int {
    let provider = try NativeEngineProvider(
      sweep: sweep, threads: try ThreadCount.resolve(sweep: sweep, option: threads))
    return sweep.trials.map { provider.demand(of: $0, in: sweep).totalBytes }.filter { $0 <= limit }.max() ?? 0
  }
}
