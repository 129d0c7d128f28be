import Transformer

/// One generate call, run once more after the measured ones with every step timed.
struct CallProfile: Sendable, Equatable {
  /// Of the first token.
  var prefill = PhaseProfile()
  /// Of all later tokens; without a cache they are prefills too.
  var decode = PhaseProfile()

  /// Runs the call that `GenerateCall` measures.
  ///
  /// - trace: given the passes of each token with the clock readings around them.
  static func run(
    _ session: any GenerationSession, prompts: [[Int32]], outputLength: Int, useCache: Bool, costs: CostModel,
    trace: (ForwardProfile, Int, Range<UInt64>) -> Void
  ) throws -> CallProfile {
    var profile = CallProfile()
    var sequences = prompts
    var newest = [Int32](repeating: 0, count: prompts.count)
    let tokens = prompts.reduce(0) { $0 + $1.count } + prompts.count * outputLength
    // A pass takes up to 512 rows; the log of a pass is below 1 MB for any model, and more passes than this are dropped.
    session.startProfiling(passes: min(256, tokens / 256 + 8))
    defer { session.stopProfiling() }
    for step in 0..<outputLength {
      let start = Monotonic.now()
      if step == 0 || !useCache {
        session.reset()
        try session.prefill(sequences)
      } else {
        try session.decode(newest)
      }
      for sequence in newest.indices { newest[sequence] = session.greedyToken(sequence) }
      let end = Monotonic.now()
      let passes = session.takeProfile()
      if step == 0 {
        profile.prefill.add(passes, from: start, to: end, costs: costs)
      } else {
        profile.decode.add(passes, from: start, to: end, costs: costs)
      }
      trace(passes, step, start..<end)
      if !useCache { for index in sequences.indices { sequences[index].append(newest[index]) } }
    }
    return profile
  }
}
