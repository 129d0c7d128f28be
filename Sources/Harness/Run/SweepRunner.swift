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
  }

  /// Measures `entries`, except those that `kept` holds: they are printed from there.
  ///
  /// - Parameter kept: rows of an earlier run, by the trial's number.
  /// - Throws: what keeps the model from being loaded or a row from being kept. A trial that fails is a row.
  func run(_ entries: [Entry], kept: [Int: RecordedRow]) throws -> Tally {
    var tally = Tally()
    let pending = entries.filter { kept[$0.number] == nil }
    progress.sweepBegan(
      trials: sweep.trials.count, cost: pending.reduce(0) { $0 + workload($1.trial).relativeCost })
    var model = LoadedModel(provider: provider)
    for entry in entries {
      let cost = workload(entry.trial).relativeCost
      if let row = kept[entry.number] {
        progress.clear()
        try output.replay(row)
        progress.trialSkipped(number: entry.number, name: entry.trial.name, why: "kept", cost: 0)
        tally.kept += 1
        continue
      }
      let demand = provider.memoryDemand(batchSize: entry.trial.batchSize, capacity: capacity(entry.trial))
      let engine: any GenerationEngine
      switch try model.engine(for: demand, memory: memory, progress: progress) {
      case .success(let loaded): engine = loaded
      case .failure(let refusal):
        tally.outOfMemory += 1
        progress.trialSkipped(
          number: entry.number, name: entry.trial.name, why: "out of memory: \(refusal.reason)", cost: cost)
        try record(
          entry, .outOfMemory(refusal.reason), model, demand: demand, session: nil, start: .init(),
          peak: Peak(bytes: nil, isOfTrial: true))
        continue
      }
      try output.begin()
      progress.trialBegan(
        number: entry.number, name: entry.trial.name, batches: sweep.warmupBatchCount + sweep.batchCount, cost: cost)
      let outcome = try measure(entry, engine: engine, model: model, demand: demand)
      switch outcome {
      case .ok: tally.measured += 1
      case .outOfMemory: tally.outOfMemory += 1
      case .failed: tally.failed += 1
      case .refused: tally.refused += 1
      }
    }
    return tally
  }

  /// Slots of the KV cache for each sequence.
  private func capacity(_ trial: Trial) -> Int {
    sweep.cacheCapacity(trial, of: provider.configuration)
  }

  private func workload(_ trial: Trial) -> Workload {
    Workload(
      configuration: provider.configuration, trial: trial, weightDType: provider.weightDType,
      cacheDType: sweep.kvCacheDType)
  }

  private func measure(
    _ entry: Entry, engine: any GenerationEngine, model: LoadedModel, demand: MemoryDemand
  ) throws -> TrialResult.Outcome {
    let peakIsOfTrial = PeakMemory.reset()
    let start = EnvironmentRecord.Moment()
    var session: (any GenerationSession)?
    let outcome: TrialResult.Outcome
    var profile: CallProfile?
    var ceilings: Ceilings?
    var peak: Int?
    do {
      let samples = try samples(entry.trial, engine: engine, session: &session)
      // Before the ceilings, whose buffer is no part of the trial.
      peak = PeakMemory.bytes()
      if let session { profile = self.profile(entry, session) }
      if measuresCeilings { ceilings = provider.measureCeilings() }
      if let metrics = Metrics(
        samples: samples, trial: entry.trial, workload: workload(entry.trial), useCache: sweep.useCache,
        ceilings: ceilings)
      {
        outcome = .ok(samples: samples, metrics)
      } else {
        outcome = .failed("num_batches is 0: nothing was measured")
      }
    } catch let error as OutOfMemory {
      outcome = .outOfMemory("\(error)")
    } catch {
      outcome = .failed("\(error)")
    }
    try record(
      entry, outcome, model, demand: demand, session: session, start: start,
      peak: Peak(bytes: peak ?? PeakMemory.bytes(), isOfTrial: peakIsOfTrial), profile: profile, ceilings: ceilings)
    switch outcome {
    case .ok(_, let metrics):
      let rate = metrics.decodeTokensPerSecond.map { ", decode \(fixed($0, 1)) tokens/s" } ?? ""
      progress.trialEnded(
        "\(durationText(metrics.latency.mean)), prefill \(fixed(metrics.prefillTokensPerSecond, 1)) tokens/s\(rate)")
    case .outOfMemory(let reason): progress.trialEnded("out of memory: \(reason)")
    case .failed(let reason): progress.trialEnded("failed: \(reason)")
    case .refused(let reason): progress.trialEnded("refused: \(reason)")
    }
    if let profile { progress.note(profile.text(ceilings)) }
    return outcome
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

  private func samples(
    _ trial: Trial, engine: any GenerationEngine, session: inout (any GenerationSession)?
  ) throws -> [Sample] {
    let tokens = try Self.prompts(prompts, trial, sweep, provider.configuration)
    let opened = try engine.openSession(batchSize: trial.batchSize, capacity: capacity(trial))
    session = opened
    var call = GenerateCall(prompts: tokens, outputLength: trial.outputLength, useCache: sweep.useCache)
    for _ in 0..<sweep.warmupBatchCount {
      _ = try call.measure(opened)
      progress.batchEnded()
    }
    var samples: [Sample] = []
    samples.reserveCapacity(sweep.batchCount)
    for _ in 0..<sweep.batchCount {
      samples.append(try call.measure(opened))
      progress.batchEnded()
    }
    return samples
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
    _ entry: Entry, _ outcome: TrialResult.Outcome, _ model: LoadedModel, demand: MemoryDemand,
    session: (any GenerationSession)?, start: EnvironmentRecord.Moment, peak: Peak,
    profile: CallProfile? = nil, ceilings: Ceilings? = nil
  ) throws {
    let work = workload(entry.trial)
    let result = TrialResult(
      number: entry.number, trial: entry.trial, outcome: outcome, identity: identity,
      parameterCount: provider.parameterCount, weightBytes: model.weightBytes ?? demand.weightBytes,
      kvCacheBytes: session?.kvCacheBytes ?? demand.kvCacheBytes, peakResidentBytes: peak.bytes,
      peakIsOfTrial: peak.isOfTrial,
      loadPeakResidentBytes: model.loadPeakBytes, useCache: sweep.useCache,
      warmupBatchCount: sweep.warmupBatchCount, prefillOperations: work.prefillOperations,
      decodeOperations: work.meanDecodeOperations, decodeBytes: work.meanDecodeBytes,
      environment: environment.json(start: start, end: .init()), ceilings: ceilings, profile: profile)
    // Rows and bar may share a terminal.
    progress.clear()
    try output.record(RecordedRow(result))
  }
}

/// Peak resident memory and what it is the peak of.
private struct Peak {
  var bytes: Int?
  var isOfTrial: Bool
}

/// The model, loaded when the first trial needs it: a sweep whose rows are all there loads nothing.
private struct LoadedModel {
  let provider: any EngineProvider
  private var loaded: (any GenerationEngine)?
  private(set) var loadPeakBytes: Int?

  init(provider: any EngineProvider) { self.provider = provider }

  var isLoaded: Bool { loaded != nil }
  var weightBytes: Int? { loaded?.weightBytes }

  /// Why a trial was refused.
  struct Refusal: Error {
    var reason: String
  }

  /// The model in memory, or why a trial of this demand cannot have it.
  mutating func engine(
    for demand: MemoryDemand, memory: MemoryGuard, progress: Progress
  ) throws -> Result<any GenerationEngine, Refusal> {
    if let reason = memory.refusal(demand, weightsLoaded: isLoaded) { return .failure(Refusal(reason: reason)) }
    if let loaded { return .success(loaded) }
    progress.loadBegan("\(provider.parameterCount) parameters")
    let engine: any GenerationEngine
    do {
      engine = try provider.load { progress.loaded($0) }
    } catch let error as OutOfMemory {
      return .failure(Refusal(reason: "\(error)"))
    }
    progress.loadEnded("\(byteText(engine.weightBytes)) of weights")
    loadPeakBytes = PeakMemory.bytes()
    loaded = engine
    return .success(engine)
  }
}
