import Transformer

/// Profiles trials and keeps their traces.
struct TrialProfiler {
  /// Where every step goes; `nil` keeps totals only.
  var trace: TraceFile?

  func profile(
    _ entry: SweepRunner.Entry, _ session: any GenerationSession, prompts: [[Int32]], useCache: Bool, costs: CostModel
  ) throws -> CallProfile {
    trace?.beginTrial(entry.number, name: entry.trial.name)
    return try CallProfile.run(
      session, prompts: prompts, outputLength: entry.trial.outputLength, useCache: useCache, costs: costs
    ) { profile, token, time in trace?.add(profile, trial: entry.number, token: token, time: time) }
  }
}
