import Tensor
import Transformer

/// `llm-bench run`: reads a sweep file, measures its trials, keeps and prints the rows.
public struct RunJob {
  public var options: RunOptions
  let standardOutput: any TextSink
  let standardError: any TextSink

  public init(
    options: RunOptions, standardOutput: any TextSink = DescriptorSink.standardOutput,
    standardError: any TextSink = DescriptorSink.standardError
  ) {
    self.options = options
    self.standardOutput = standardOutput
    self.standardError = standardError
  }

  /// - Throws: `SweepFileError` or `InputError` for bad input; the caller prints it and exits with 2.
  public func run() throws -> CommandStatus {
    let sweep = try SweepFile.load(path: options.sweepFile, overrides: options.overrides)
    if options.list {
      try standardOutput.write(Self.listing(sweep))
      return .done
    }
    let entries = try selection(sweep)
    if options.against != nil {
      SignalWatch.block()
      return try AgainstJob(
        options: options, sweep: sweep, standardOutput: standardOutput, standardError: standardError
      ).run()
    }
    // Before any thread is started: all inherit the blocked signals.
    SignalWatch.block()
    let threads = try ThreadCount.resolve(sweep: sweep, option: options.threads)
    let provider = try NativeEngineProvider(sweep: sweep, threads: threads)
    if sweep.engines != [.native] { return try runEngines(sweep, entries, provider, watchesSignals: true) }
    return try run(sweep, entries, provider, watchesSignals: true)
  }

  /// Runs `entries` on any engine.
  ///
  /// - Parameter watchesSignals: whether a signal ends the process with its rows kept.
  func run(
    _ sweep: Sweep, _ entries: [SweepRunner.Entry], _ provider: any EngineProvider, memory: MemoryGuard = MemoryGuard(),
    watchesSignals: Bool = false
  ) throws -> CommandStatus {
    let prompts = try Self.prompts(sweep, vocabularySize: provider.configuration.vocabularySize)
    let machine = MachineDescription.read()
    let identity = Self.identity(sweep, provider, machine, instructionSet: provider.instructionSet)
    let folder = try ResultsFolder.path(
      output: options.output, benchmark: sweep.benchmarkName, resume: options.resume)
    let file = try ResultsFile(folder: folder, keepsRows: options.resume)
    let path = file.path
    let kept = try Resumption.measured(file.rows, file: path, trials: sweep.trials, identity: identity)
    let isPending = entries.contains { kept[$0.number] == nil }
    // After the folder, in which it may lie, and not where nothing would come into it.
    let trace = try isPending ? options.trace.map { try TraceFile(path: $0, apartFrom: path) } : nil
    let note = file.note

    let progress = Progress(sink: standardError)
    announce(sweep, provider, path: path, progress)
    if let note { progress.note(note) }
    let output = ResultOutput(
      format: options.format, parameterCount: provider.parameterCount, file: file,
      standardOutput: options.takesTurns ? NoSink() : standardOutput)
    if watchesSignals { watchSignals(output, path: path) }
    if options.roofline && isPending { measureCeilings(provider, progress) }
    let journal =
      sweep.order == .interleaved && isPending
      ? try SampleJournal(folder: folder, identity: identity, keepsSamples: options.resume) : nil
    let runner = SweepRunner(
      sweep: sweep, provider: provider, identity: identity,
      environment: EnvironmentRecord(
        machine: machine, instructionSet: provider.instructionSet, threads: provider.threads,
        hugePages: sweep.hugePages),
      output: output, progress: progress, memory: memory, prompts: prompts,
      measuresCeilings: options.roofline, profiler: trace != nil || options.profile ? TrialProfiler(trace: trace) : nil,
      journal: journal, turns: options.takesTurns ? TurnGate() : nil)
    let tally = try Self.complete(output, path: path, progress) { try runner.run(entries, kept: kept) }
    if let trace, trace.failure == nil {
      progress.note(
        trace.isCut ? "trace: \(trace.path), without the later tokens of long trials" : "trace: \(trace.path)")
    }
    progress.note(Self.summary(tally, path: path))
    if let failure = trace?.failure { throw failure }
    return tally.allOK ? .done : .failed
  }

  /// What rows of this run must have in common to be continued.
  static func identity(
    _ sweep: Sweep, _ provider: any EngineProvider, _ machine: MachineDescription, instructionSet: String
  ) -> RunIdentity {
    RunIdentity(
      fingerprint: sweep.fingerprint, dtype: sweep.modelDType.rawValue, arithmeticDType: sweep.arithmeticDType.rawValue,
      kvCacheDType: sweep.kvCacheDType.rawValue, threads: provider.threads.largest, instructionSet: instructionSet,
      machine: machine.machine, build: BuildDescription.configuration)
  }

  /// Runs the trials; what was printed becomes a complete document, also where an error ends them.
  static func complete(
    _ output: ResultOutput, path: String, _ progress: Progress, _ trials: () throws -> SweepRunner.Tally
  ) throws -> SweepRunner.Tally {
    let tally: SweepRunner.Tally
    do {
      tally = try trials()
    } catch {
      progress.clear()
      if output.recordedRows > 0 { progress.note("kept in \(path): \(counted(output.recordedRows, "row"))") }
      // The first error is the one to report.
      if output.hasBegun { try? output.finish() }
      throw error
    }
    try output.finish()
    return tally
  }

  /// Trials one a line, numbered from 1 as `--point` counts them.
  static func listing(_ sweep: Sweep) -> String {
    sweep.trials.enumerated().map { "\($0.offset + 1) \($0.element.name)\n" }.joined()
  }

  func selection(_ sweep: Sweep) throws -> [SweepRunner.Entry] {
    let all = sweep.trials.enumerated().map { SweepRunner.Entry(number: $0.offset + 1, trial: $0.element) }
    guard let point = options.point else { return all }
    guard (1...max(1, all.count)).contains(point), !all.isEmpty else {
      throw InputError(
        path: ["--point"], problem: "is \(point), but the sweep has trials 1 to \(all.count)",
        cure: "See them with --list.")
    }
    return [all[point - 1]]
  }

  static func prompts(_ sweep: Sweep, vocabularySize: Int) throws -> PromptFile? {
    guard let path = sweep.prompts else {
      // Tried here so that a vocabulary too small to draw from ends the run before anything is loaded.
      _ = try RandomPrompts.draw(batchSize: 1, length: 1, vocabularySize: vocabularySize, seed: sweep.seed)
      return nil
    }
    return try PromptFile(path: path, vocabularySize: vocabularySize, limit: sweep.batchSizes.max() ?? 1) {
      try tokenizer(sweep, prompts: path)
    }
  }

  /// The tokenizer for prompts as text: the checkpoint's, or that of a folder that the sweep file names.
  private static func tokenizer(_ sweep: Sweep, prompts: String) throws -> Tokenizer {
    if case .checkpoint(let checkpoint) = sweep.model { return try CheckpointText.open(checkpoint).tokenizer }
    if let name = sweep.tokenizerName, TokenizerFolder(name).hasTokenizer {
      return try TokenizerFolder(name).tokenizer()
    }
    throw InputError(
      file: prompts, path: ["prompts"], problem: "holds text, for which this sweep names no tokenizer",
      cure: "Name a checkpoint, or let tokenizer_name be a folder with a tokenizer.json, or give "
        + "{\"tokens\": [1, 2, 3]} lines in a .jsonl file.")
  }

  func announce(_ sweep: Sweep, _ provider: any EngineProvider, path: String, _ progress: Progress) {
    if BuildDescription.configuration == "debug" {
      progress.note("warning: this is a debug build; its times mean little. Build with: swift build -c release")
    }
    if provider.threads.largest > Workers.availableProcessors {
      progress.note(
        "warning: \(provider.threads.text) on \(counted(Workers.availableProcessors, "processor")) will wait for each other"
      )
    }
    let arithmetic =
      sweep.arithmeticDType == sweep.modelDType ? "NOT using autocast" : "autocast \(sweep.arithmeticDType.rawValue)"
    progress.note(
      "Using device=cpu and dtype=\(sweep.modelDType.rawValue), \(arithmetic), \(provider.threads.text),"
        + " \(provider.instructionSet) kernels")
    progress.note("results: \(path)")
  }

  func measureCeilings(_ provider: any EngineProvider, _ progress: Progress) {
    let ceilings = provider.measureCeilings()
    // The buffer that was read is no part of the model's memory.
    _ = PeakMemory.reset()
    guard let ceilings else { return }
    progress.note(
      "ceilings: \(fixed(ceilings.operationsPerSecond * 1e-9, 1)) GFLOP/s \(provider.productDType.rawValue),"
        + " \(fixed(ceilings.bytesPerSecond * 1e-9, 1)) GB/s read")
  }

  func watchSignals(_ output: ResultOutput, path: String) {
    let standardError = standardError
    SignalWatch.start { signal in
      try? output.finish { rows in
        // Under the output's lock: the end of an engine that is killed here must not become a row.
        RunningChildren.endAll()
        let clearing = standardError.erasesLines ? ProgressBar.erasure : ""
        try? standardError.write(
          "\(clearing)interrupted: kept in \(path): \(counted(rows, "row")) of this run\n"
            + "  Go on with: --resume --output \(path.dropLast(ResultsFile.name.count + 1))\n")
        SignalWatch.exit(signal)
      }
    }
  }

  static func summary(_ tally: SweepRunner.Tally, path: String) -> String {
    var parts = ["\(tally.measured) measured"]
    if tally.kept > 0 { parts.append("\(tally.kept) kept") }
    if tally.outOfMemory > 0 { parts.append("\(tally.outOfMemory) out of memory") }
    if tally.failed > 0 { parts.append("\(tally.failed) failed") }
    if tally.refused > 0 { parts.append("\(tally.refused) refused") }
    return "\(parts.joined(separator: ", ")): \(path)"
  }
}
