import Transformer

extension SweepRunner {
  /// Visits the trials in rounds, one sample a visit, each round in an order of its own that the seed decides. A trial's
  /// row is recorded with its last sample.
  ///
  /// - Parameter recorded: numbers of the trials that have a row already.
  func interleave(_ trials: [TrialState], recorded: Set<Int>, model: LoadedModel, tally: inout Tally) throws {
    guard let engine = model.engine else { return }
    var random = SplitMix64(seed: sweep.seed, stream: 0x6F72_6465_72)
    var waiting = trials
    for state in trials {
      let key = SampleJournal.Key(number: state.entry.number, name: state.entry.trial.name)
      for sample in journal?.samples[key] ?? [] where state.stop == nil { state.add(sample) }
    }
    while !waiting.isEmpty {
      waiting.shuffle(using: &random)
      var unfinished: [TrialState] = []
      for state in waiting {
        progress.trialBegan(
          number: state.entry.number, name: state.entry.trial.name, batches: 1 + min(1, sweep.warmupBatchCount),
          cost: relativeCost(state.entry.trial) / Double(sweep.batchCount))
        if let outcome = try measure(state, engine: engine, model: model, once: true) {
          tally.count(outcome)
        } else {
          progress.visitEnded()
          if let sample = state.samples.last { try journal?.append(sample, of: state.entry) }
          unfinished.append(state)
        }
      }
      waiting = unfinished
    }
    journal?.remove(recorded: recorded.union(trials.map(\.entry.number)))
  }
}
