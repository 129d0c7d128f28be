import Tensor
import Transformer

extension RunJob {
  /// Runs `entries` on the engines that the sweep names.
  ///
  /// - Parameters:
  ///   - provider: what is known of the model, and this package's engine.
  ///   - engines: instead of the sweep's; tests give some whose answers are known.
  func runEngines(
    _ sweep: Sweep, _ entries: [SweepRunner.Entry], _ provider: any EngineProvider, memory: MemoryGuard = MemoryGuard(),
    engines: [any TrialEngine]? = nil, idleCheck: IdleCheck = IdleCheck(), watchesSignals: Bool = false
  ) throws -> CommandStatus {
    guard !options.profile && options.trace == nil else {
      throw InputError(
        path: ["--profile"], problem: "attributes the time of engine native alone",
        cure: "Leave it out, or set engine=native.")
    }
    let prompts = try Self.prompts(sweep, vocabularySize: provider.configuration.vocabularySize)
    let machine = MachineDescription.read()
    let identity = { (engine: EngineName) in
      // Which instructions a peer uses is its own affair.
      Self.identity(
        sweep, provider, machine, instructionSet: engine == .native ? provider.instructionSet : engine.rawValue)
    }
    let folder = try ResultsFolder.path(
      output: options.output, benchmark: sweep.benchmarkName, resume: options.resume)
    let file = try ResultsFile(folder: folder, keepsRows: options.resume)
    var kept: [EngineName: [Int: RecordedRow]] = [:]
    for engine in sweep.engines {
      kept[engine] = try Resumption.measured(
        file.rows, file: file.path, trials: sweep.trials, identity: identity(engine), engine: engine)
    }
    let path = file.path
    let note = file.note

    let progress = Progress(sink: standardError)
    announce(sweep, provider, path: path, progress)
    if let note { progress.note(note) }
    let engines = try engines ?? self.engines(sweep, provider, memory, progress)
    let output = ResultOutput(
      format: options.format, parameterCount: provider.parameterCount, namesEngines: sweep.engines.count > 1,
      file: file, standardOutput: standardOutput)
    if watchesSignals { watchSignals(output, path: path) }
    let isPending = entries.contains { entry in sweep.engines.contains { kept[$0]?[entry.number] == nil } }
    if options.roofline && isPending { measureCeilings(provider, progress) }
    let runner = EngineRunner(
      sweep: sweep, provider: provider, engines: engines, identity: identity,
      environment: EnvironmentRecord(
        machine: machine, instructionSet: provider.instructionSet, threads: provider.threads,
        hugePages: sweep.hugePages),
      output: output, progress: progress, memory: memory, prompts: prompts, measuresCeilings: options.roofline,
      idleCheck: idleCheck)
    let tally = try Self.complete(output, path: path, progress) { try runner.run(entries, kept: kept) }
    progress.note(Self.summary(tally, path: path))
    return tally.allOK ? .done : .failed
  }

  private func engines(
    _ sweep: Sweep, _ provider: any EngineProvider, _ memory: MemoryGuard, _ progress: Progress
  ) throws -> [any TrialEngine] {
    let installation = PeerInstallation.find()
    let variables = PeerInstallation.processVariables()
    let cache = try ModelCache.standard(in: installation?.environments ?? ".peers", variables: variables)
    return sweep.engines.map { name in
      if name == .native {
        return NativeTrialEngine(sweep: sweep, provider: provider, memory: memory, progress: progress)
      }
      return PeerEngine(
        name, sweep: sweep, provider: provider, installation: installation, cache: cache, memory: memory,
        progress: progress)
    }
  }
}
