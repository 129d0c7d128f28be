import Tensor
import Transformer

/// Runs a sweep's trials on several engines in turn: A, B, C, then A, B, C again until each has all its samples.
///
/// One engine runs at a time, alone in memory. A machine that slows down for a minute so hits all engines alike, and an
/// engine that breaks costs its own row alone.
struct EngineRunner {
  let sweep: Sweep
  let provider: any EngineProvider
  let engines: [any TrialEngine]
  /// Of each engine's rows.
  let identity: (EngineName) -> RunIdentity
  let environment: EnvironmentRecord
  let output: ResultOutput
  let progress: Progress
  var memory = MemoryGuard()
  var prompts: PromptFile?
  var measuresCeilings = false
  var idleCheck = IdleCheck()

  /// Measures `entries` on all engines, except rows that `kept` holds: those are printed from there.
  ///
  /// - Returns: the rows' tally; refusals count only where no engine could measure the trial.
  func run(_ entries: [SweepRunner.Entry], kept: [EngineName: [Int: RecordedRow]]) throws -> SweepRunner.Tally {
    var tally = SweepRunner.Tally()
    let pending = entries.flatMap { entry in engines.filter { kept[$0.name]?[entry.number] == nil }.map { _ in entry } }
    progress.sweepBegan(trials: sweep.trials.count, cost: pending.reduce(0) { $0 + workload($1.trial).relativeCost })
    for entry in entries { try measure(entry, kept.compactMapValues { $0[entry.number] }, &tally) }
    return tally
  }

  /// One engine's way through a trial.
  private struct Course {
    var engine: any TrialEngine
    var start = EnvironmentRecord.Moment()
    var measurement: EngineMeasurement?
    var problem: EngineProblem?
    var rounds = 0
    var busyProcessors: Double?
  }

  private func measure(
    _ entry: SweepRunner.Entry, _ kept: [EngineName: RecordedRow], _ tally: inout SweepRunner.Tally
  ) throws {
    try output.begin()
    for engine in engines {
      guard let row = kept[engine.name] else { continue }
      progress.clear()
      try output.replay(row)
      progress.trialSkipped(number: entry.number, name: row.displayName, why: "kept", cost: 0)
      tally.kept += 1
    }
    var courses = engines.filter { kept[$0.name] == nil }.map { Course(engine: $0) }
    guard !courses.isEmpty else { return }
    // Before the prompts are drawn, which a hostile grid makes as large as all else.
    if let reason = memory.refusal(provider.demand(of: entry.trial, in: sweep), weightsLoaded: false) {
      for index in courses.indices { courses[index].problem = .outOfMemory(reason) }
      for course in courses {
        progress.trialSkipped(
          number: entry.number, name: RecordedRow.displayName(entry.trial.name, course.engine.name),
          why: "out of memory: \(reason)", cost: workload(entry.trial).relativeCost)
      }
      return try record(entry, courses, reference: nil, ceilings: nil, &tally, keptCount: kept.count)
    }
    let tokens = try SweepRunner.prompts(prompts, entry.trial, sweep, provider.configuration)
    let rounds = min(sweep.engineRounds, sweep.batchCount)
    for round in 0..<rounds {
      // The first rounds take what does not divide evenly.
      let count = sweep.batchCount / rounds + (round < sweep.batchCount % rounds ? 1 : 0)
      let turn = EngineTurn(
        trial: entry.trial, prompts: tokens, warmupCount: sweep.warmupBatchCount, batchCount: count)
      for index in courses.indices where courses[index].problem == nil {
        try take(turn, entry, round: round, of: rounds, &courses[index])
      }
    }
    let ceilings = measuresCeilings ? provider.measureCeilings() : nil
    try record(entry, courses, reference: reference(courses, kept), ceilings: ceilings, &tally, keptCount: kept.count)
  }

  private func take(
    _ turn: EngineTurn, _ entry: SweepRunner.Entry, round: Int, of rounds: Int, _ course: inout Course
  ) throws {
    let name = RecordedRow.displayName(entry.trial.name, course.engine.name)
    if let load = idleCheck.run() {
      course.busyProcessors = max(course.busyProcessors ?? 0, load.busyProcessors)
      if load.busyProcessors > IdleCheck.threshold {
        progress.note(
          "warning: \(fixed(load.busyProcessors, 1)) processors are busy before \(name): its times will be too long")
      }
    }
    if round == 0 { course.start = .init() }
    let cost = workload(entry.trial).relativeCost / Double(rounds)
    progress.trialBegan(number: entry.number, name: name, batches: turn.warmupCount + turn.batchCount, cost: cost)
    do {
      let measurement = try course.engine.measure(turn) { progress.batchEnded() }
      if course.measurement == nil { course.measurement = measurement } else { course.measurement?.add(measurement) }
      course.rounds += 1
      let latency = measurement.samples.reduce(0) { $0 + $1.latency } / Double(max(1, measurement.samples.count))
      progress.trialEnded(durationText(latency) + (rounds > 1 ? ", round \(round + 1) of \(rounds)" : ""))
    } catch {
      let problem = error as? EngineProblem ?? .failed("\(error)")
      course.problem = problem
      switch problem {
      case .refused(let reason): progress.trialEnded("refused: \(reason)")
      case .outOfMemory(let reason): progress.trialEnded("out of memory: \(reason)")
      case .failed(let reason): progress.trialEnded("failed: \(EngineProblem.line(reason))")
      }
    }
  }

  /// Whose tokens count as right: the first engine's in the sweep's order that has any.
  private func reference(_ courses: [Course], _ kept: [EngineName: RecordedRow]) -> (EngineName, [[Int32]])? {
    for engine in engines {
      if let row = kept[engine.name], let tokens = row.tokens { return (engine.name, tokens) }
      if let course = courses.first(where: { $0.engine.name == engine.name }), course.problem == nil,
        let tokens = course.measurement?.tokens
      {
        return (engine.name, tokens)
      }
    }
    return nil
  }

  private func record(
    _ entry: SweepRunner.Entry, _ courses: [Course], reference: (EngineName, [[Int32]])?, ceilings: Ceilings?,
    _ tally: inout SweepRunner.Tally, keptCount: Int
  ) throws {
    var refused = 0
    for course in courses {
      var record = EngineRecord(course.engine.name)
      record.rounds = course.rounds
      record.busyProcessors = course.busyProcessors
      let outcome: TrialResult.Outcome
      if let problem = course.problem {
        outcome = problem.outcome
      } else if let measurement = course.measurement,
        let metrics = Metrics(
          samples: measurement.samples, trial: entry.trial, workload: workload(entry.trial), useCache: sweep.useCache,
          ceilings: ceilings)
      {
        outcome = .ok(samples: measurement.samples, metrics)
        record.take(measurement)
        if let (name, tokens) = reference, name != course.engine.name {
          record.agreement = TokenAgreement(
            measurement.tokens, reference: name, tokens, isStrict: sweep.arithmeticDType == .fp32)
        }
      } else {
        outcome = .failed("nothing was measured")
      }
      switch outcome {
      case .ok: tally.measured += 1
      case .outOfMemory: tally.outOfMemory += 1
      case .failed: tally.failed += 1
      case .refused: refused += 1
      }
      let result = result(entry, course, outcome, record, ceilings: ceilings)
      progress.clear()
      try output.record(RecordedRow(result))
      if let agreement = record.agreement, agreement.isFlagged {
        progress.note(
          "warning: \(record.name.rawValue) generates other tokens than \(agreement.reference.rawValue) in"
            + " \(entry.trial.name): \(agreement.equalTokens) of \(agreement.allTokens) are equal")
      }
    }
    tally.refused += refused
    // Nobody has measured the trial, so a script must not take the run for a success.
    if refused > 0 && refused == courses.count && keptCount == 0 { tally.failed += 1 }
  }

  private func result(
    _ entry: SweepRunner.Entry, _ course: Course, _ outcome: TrialResult.Outcome, _ record: EngineRecord,
    ceilings: Ceilings?
  ) -> TrialResult {
    let work = workload(entry.trial)
    // Where an engine does not say: nobody needs much less than this package's.
    let demand = provider.demand(of: entry.trial, in: sweep)
    let memory = course.measurement?.memory ?? DriverMemory()
    let description = course.measurement?.description ?? DriverDescription()
    var result = TrialResult(
      number: entry.number, trial: entry.trial, outcome: outcome, identity: identity(course.engine.name),
      parameterCount: provider.parameterCount, weightBytes: description.weightBytes ?? demand.weightBytes,
      kvCacheBytes: memory.kvCacheBytes ?? demand.kvCacheBytes, peakResidentBytes: memory.peakBytes,
      peakIsOfTrial: memory.peakIsOfTrial, loadPeakResidentBytes: description.loadPeakBytes, useCache: sweep.useCache,
      warmupBatchCount: sweep.warmupBatchCount,
      prompts: prompts?.use(batchSize: entry.trial.batchSize, length: entry.trial.inputLength),
      prefillOperations: work.prefillOperations, decodeOperations: work.meanDecodeOperations,
      decodeBytes: work.meanDecodeBytes,
      environment: environment.json(start: course.start, end: .init()), ceilings: ceilings,
      grid: sweep.grid)
    result.engine = record
    return result
  }

  private func workload(_ trial: Trial) -> Workload { provider.workload(of: trial, in: sweep) }
}

extension EngineRecord {
  fileprivate mutating func take(_ measurement: EngineMeasurement) {
    version = measurement.description.version
    logits = measurement.description.logits
    notes = measurement.description.notes
    cacheDType = measurement.description.cacheDType
    processors = measurement.description.processors
    tokens = measurement.tokens
  }
}
