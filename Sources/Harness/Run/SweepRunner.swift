import Tensor
import Transformer

/// Runs the trials of a sweep one after the other; each row is on disk before the next trial begins.
struct SweepRunner {
  let sweep: Sweep
  let provider: any EngineProvider
  let identity: RunIdentity
  let environment: EnvironmentRecord
  let output: ResultOutput
  let progress: Progress
  var memory = MemoryGuard()
  /// Overrides random prompts.
  var prompts: PromptFile?
  /// Whether the machine's ceilings are measured again after each trial, for mfu and mbu; otherwise both are left out.
  var measuresCeilings = false
  /// Attributes each trial's time to operations; `nil` does not.
  var profiler: TrialProfiler?
  /// Samples of unfinished trials, when the sweep is interleaved.
  var journal: SampleJournal?
  /// Says when to measure; `nil` does so at once.
  var turns: TurnGate?

  /// One trial with its place in the sweep's list, from 1.
  struct Entry: Sendable, Equatable {
    var number: Int
    var trial: Trial
  }

  /// How many rows of the run have which outcome, those kept from earlier included.
  struct Tally: Sendable, Equatable {
    var measured = 0
    var kept = 0
    var outOfMemory = 0
    var failed = 0
    /// What an engine cannot do is no failure of the run.
    var refused = 0

    var allOK: Bool { outOfMemory == 0 && failed == 0 }

    mutating func count(_ outcome: TrialResult.Outcome) {
      switch outcome {
      case .ok: measured += 1
      case .outOfMemory: outOfMemory += 1
      case .failed: failed += 1
      case .refused: refused += 1
      }
    }
  }

  /// Measures `entries`, except those that `kept` holds: they are printed from there.
  ///
  /// - Parameter kept: rows of an earlier run, by the trial's number.
  /// - Throws: what keeps the model from being loaded or a row from being kept. A trial that fails is a row.
  func run(_ entries: [Entry], kept: [Int: RecordedRow]) throws -> Tally {
    var tally = Tally()
    let pending = entries.filter { kept[$0.number] == nil }
    progress.sweepBegan(
      trials: sweep.trials.count, cost: pending.reduce(0) { $0 + relativeCost($1.trial) })
    var model = LoadedModel(provider: provider)
    // Of an interleaved sweep, which begins when all are known to fit.
    var waiting: [TrialState] = []
    for entry in entries {
      let cost = relativeCost(entry.trial)
      if let row = kept[entry.number] {
        progress.clear()
        try output.replay(row)
        progress.trialSkipped(number: entry.number, name: entry.trial.name, why: "kept", cost: 0)
        tally.kept += 1
        continue
      }
      let demand = provider.demand(of: entry.trial, in: sweep)
      let engine: any GenerationEngine
      switch try model.engine(for: demand, memory: memory, progress: progress) {
      case .success(let loaded): engine = loaded
      case .failure(let refusal):
        tally.outOfMemory += 1
        progress.trialSkipped(
          number: entry.number, name: entry.trial.name, why: "out of memory: \(refusal.reason)", cost: cost)
        try record(
          TrialState(entry: entry, demand: demand, sweep: sweep), .outOfMemory(refusal.reason), model)
        continue
      }
      try output.begin()
      let state = TrialState(entry: entry, demand: demand, sweep: sweep)
      if sweep.order == .interleaved {
        waiting.append(state)
        continue
      }
      progress.trialBegan(
        number: entry.number, name: entry.trial.name, batches: sweep.warmupBatchCount + sweep.batchCount, cost: cost)
      if let outcome = try measure(state, engine: engine, model: model) { tally.count(outcome) }
    }
    try interleave(waiting, recorded: Set(kept.keys), model: model, tally: &tally)
    return tally
  }

  /// Slots of the KV cache for each sequence.
  private func capacity(_ trial: Trial) -> Int { sweep.cacheCapacity(trial, of: provider.configuration) }

  func relativeCost(_ trial: Trial) -> Double { provider.workload(of: trial, in: sweep).relativeCost }

  /// Takes samples of a trial, or one of them, and records its row once it has enough.
  ///
  /// - Parameter once: whether to come back after one sample.
  /// - Returns: `nil` while more samples are wanted.
  func measure(
    _ state: TrialState, engine: any GenerationEngine, model: LoadedModel, once: Bool = false
  ) throws -> TrialResult.Outcome? {
    let entry = state.entry
    var session: (any GenerationSession)?
    let outcome: TrialResult.Outcome
    var profile: CallProfile?
    var ceilings: Ceilings?
    var bandwidthAfter: Double?
    do {
      if measuresCeilings && state.samples.isEmpty { rehearse(state) }
      try takeSamples(state, engine: engine, session: &session, once: once)
      if state.stop == nil { return nil }
      // Before the ceilings, whose buffer is no part of the trial.
      state.notePeak()
      state.end = .init()
      if measuresCeilings { state.end?.barrier = provider.measureBarrier() }
      if let session { profile = self.profile(entry, session) }
      if measuresCeilings {
        bandwidthAfter = provider.measureBandwidth()
        ceilings = provider.measureCeilings()
      }
      if let metrics = Metrics(
        samples: state.samples, trial: entry.trial, workload: provider.workload(of: entry.trial, in: sweep),
        useCache: sweep.useCache,
        ceilings: ceilings)
      {
        outcome = .ok(samples: state.samples, metrics)
      } else {
        outcome = .failed("num_batches is 0: nothing was measured")
      }
    } catch let error as OutOfMemory {
      outcome = .outOfMemory("\(error)")
    } catch let error as TurnGate.Lost {
      throw error
    } catch {
      outcome = .failed("\(error)")
    }
    if state.end == nil { state.notePeak() }
    try record(
      state, outcome, model, session: session, profile: profile, ceilings: ceilings, bandwidthAfter: bandwidthAfter)
    switch outcome {
    case .ok(_, let metrics):
      let rate = metrics.decodeTokensPerSecond.map { ", decode \(fixed($0, 1)) tokens/s" } ?? ""
      progress.trialEnded(
        "\(durationText(metrics.latency.mean)), prefill \(fixed(metrics.prefillTokensPerSecond, 1)) tokens/s\(rate)"
          + (metrics.steadiness.map { $0.isSteady ? "" : ", \($0.text)" } ?? "")
          + disturbances(state).map { ", \($0)" }.joined())
    case .outOfMemory(let reason): progress.trialEnded("out of memory: \(reason)")
    case .failed(let reason): progress.trialEnded("failed: \(reason)")
    case .refused(let reason): progress.trialEnded("refused: \(reason)")
    }
    if let profile { progress.note(profile.text(ceilings)) }
    return outcome
  }

  private func disturbances(_ state: TrialState) -> [String] {
    guard let end = state.end else { return [] }
    return EnvironmentRecord.disturbances(end.activity.since(state.start.activity))
      + (EnvironmentRecord.move(from: state.start, to: end).map { [$0] } ?? [])
  }

  /// A trial's prompts, [batch][input length]: random ones unless there is a file of them.
  static func prompts(
    _ file: PromptFile?, _ trial: Trial, _ sweep: Sweep, _ configuration: ModelConfiguration
  ) throws -> [[Int32]] {
    try file?.prompts(batchSize: trial.batchSize, length: trial.inputLength)
      ?? RandomPrompts.draw(
        batchSize: trial.batchSize, length: trial.inputLength, vocabularySize: configuration.vocabularySize,
        seed: sweep.seed)
  }

  private func takeSamples(
    _ state: TrialState, engine: any GenerationEngine, session: inout (any GenerationSession)?, once: Bool
  ) throws {
    let trial = state.entry.trial
    let tokens = try Self.prompts(prompts, trial, sweep, provider.configuration)
    let opened = try engine.openSession(batchSize: trial.batchSize, capacity: capacity(trial))
    session = opened
    state.kvCacheBytes = opened.kvCacheBytes
    var call = GenerateCall(prompts: tokens, outputLength: trial.outputLength, useCache: sweep.useCache)
    // A trial that is come back to finds a new cache, whose pages its first call touches.
    for _ in 0..<(state.samples.isEmpty ? sweep.warmupBatchCount : min(1, sweep.warmupBatchCount)) {
      let warmup = try call.measure(opened).latency
      if state.samples.isEmpty { state.warmupLatencies.append(warmup) }
      progress.batchEnded()
    }
    if let turns {
      var seconds = 0.0
      while let count = try turns.next(trial: state.entry.number, after: seconds) {
        seconds = 0
        for _ in 0..<count {
          let sample = try call.measure(opened)
          state.addOfTurn(sample)
          seconds += sample.latency
        }
      }
      return state.endTurns()
    }
    repeat {
      state.add(try call.measure(opened))
      progress.batchEnded()
    } while state.stop == nil && !once
  }

  /// After the samples, so that it disturbs none; a profile that fails costs no measurement.
  private func profile(_ entry: Entry, _ session: any GenerationSession) -> CallProfile? {
    guard let profiler else { return nil }
    do {
      return try profiler.profile(
        entry, session, prompts: Self.prompts(prompts, entry.trial, sweep, provider.configuration),
        useCache: sweep.useCache,
        costs: CostModel(
          configuration: provider.configuration, weightDType: provider.weightDType, cacheDType: sweep.kvCacheDType,
          productDType: provider.productDType))
    } catch {
      progress.note("warning: no profile of \(entry.trial.name): \(error)")
      return nil
    }
  }

  private func record(
    _ state: TrialState, _ outcome: TrialResult.Outcome, _ model: LoadedModel, session: (any GenerationSession)? = nil,
    profile: CallProfile? = nil, ceilings: Ceilings? = nil, bandwidthAfter: Double? = nil
  ) throws {
    let work = provider.workload(of: state.entry.trial, in: sweep)
    let end = state.end ?? .init()
    var result = TrialResult(
      number: state.entry.number, trial: state.entry.trial, outcome: outcome, identity: identity,
      parameterCount: provider.parameterCount, weightBytes: model.weightBytes ?? state.demand.weightBytes,
      kvCacheBytes: state.kvCacheBytes ?? state.demand.kvCacheBytes, peakResidentBytes: state.peakBytes,
      peakIsOfTrial: state.peakIsOfTrial,
      loadPeakResidentBytes: model.loadPeakBytes, useCache: sweep.useCache,
      warmupBatchCount: sweep.warmupBatchCount,
      prompts: prompts?.use(batchSize: state.entry.trial.batchSize, length: state.entry.trial.inputLength),
      prefillOperations: work.prefillOperations,
      decodeOperations: work.meanDecodeOperations, decodeBytes: work.meanDecodeBytes,
      environment: environment.json(start: state.start, end: end), ceilings: ceilings, profile: profile,
      grid: sweep.grid)
    result.warmupLatencies = state.warmupLatencies
    result.stop = state.stop
    result.loadSeconds = model.loadSeconds
    if case .ok(_, let metrics) = outcome {
      var conditions = PhasePrediction.Conditions()
      conditions.layers = provider.configuration.layerCount
      conditions.weightBytes = result.weightBytes
      conditions.cacheBytes = environment.lastLevelCacheBytes
      (conditions.bandwidthBefore, conditions.bandwidthAfter) = (state.bandwidthBefore, bandwidthAfter)
      let activity = end.activity.since(state.start.activity)
      (conditions.steal, conditions.otherLoad) = (activity.steal, activity.otherLoad)
      result.phases = phases(metrics, work, ceilings, state.rehearsal, profile, conditions)
    }
    // Rows and bar may share a terminal.
    progress.clear()
    try output.record(RecordedRow(result))
  }

  /// What the prediction needs to know of the machine as it is before a trial.
  private func rehearse(_ state: TrialState) {
    let trial = state.entry.trial
    state.rehearsal = provider.rehearse(trial, capacity: capacity(trial), useCache: sweep.useCache)
    state.bandwidthBefore = provider.measureBandwidth()
    // Neither is part of the trial.
    _ = PeakMemory.reset()
    state.start = .init()
    state.start.barrier = provider.measureBarrier()
  }

  private func phases(
    _ metrics: Metrics, _ work: Workload, _ ceilings: Ceilings?, _ rehearsal: Rehearsal?, _ profile: CallProfile?,
    _ conditions: PhasePrediction.Conditions
  ) -> TrialResult.Phases {
    var conditions = conditions
    conditions.slowestOperation = profile?.prefill.slowestOperation(ceilings)
    let prefill = PhasePrediction(
      work: work.prefillWork(), seconds: metrics.prefill, ceilings: ceilings, layer: rehearsal?.prefill,
      conditions: conditions)
    conditions.slowestOperation = profile?.decode.slowestOperation(ceilings)
    let decode = metrics.tokens.flatMap { tokens in
      // Without a cache a later token is a prefill of the whole sequence.
      (sweep.useCache ? work.decodeWork() : nil).map {
        PhasePrediction(
          work: $0, seconds: tokens.seconds, ceilings: ceilings, layer: rehearsal?.decode, conditions: conditions,
          tolerance: PhasePrediction.decodeTolerance)
      }
    }
    return TrialResult.Phases(
      prefill: prefill, decode: decode, bandwidthBefore: conditions.bandwidthBefore,
      bandwidthAfter: conditions.bandwidthAfter)
  }
}
