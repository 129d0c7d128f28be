/// One generate call as the benchmark defines it: a prefill that yields the first new token of each sequence, then
/// `outputLength` − 1 decode steps, greedy, with no stop at an end-of-sequence token.
struct GenerateCall {
  private let prompts: [[Int32]]
  private let outputLength: Int
  private let useCache: Bool
  /// Clock readings: the start, then one after each token, [1 + outputLength]. Allocated before any time is taken.
  private var stamps: [UInt64]
  /// The newest token of each sequence, [batch].
  private var newest: [Int32]
  /// All new tokens of the call, [outputLength][batch]. Allocated before any time is taken.
  private var generated: [Int32]

  /// - Parameters:
  ///   - prompts: [batch][input length], equal lengths.
  ///   - outputLength: at least 1.
  ///   - useCache: `false` processes the whole sequence again for each token.
  init(prompts: [[Int32]], outputLength: Int, useCache: Bool) {
    self.prompts = prompts
    self.outputLength = outputLength
    self.useCache = useCache
    stamps = [UInt64](repeating: 0, count: outputLength + 1)
    newest = [Int32](repeating: 0, count: prompts.count)
    generated = [Int32](repeating: 0, count: outputLength * prompts.count)
  }

  /// New tokens of the last call, [batch][output length].
  var tokens: [[Int32]] {
    prompts.indices.map { sequence in (0..<outputLength).map { generated[$0 * prompts.count + sequence] } }
  }

  /// Runs the call once and times it.
  mutating func measure(_ session: any GenerationSession) throws -> Sample {
    if useCache {
      try generateWithCache(session)
    } else {
      try generateWithoutCache(session)
    }
    return Sample(
      latency: Monotonic.seconds(from: stamps[0], to: stamps[outputLength]),
      prefill: Monotonic.seconds(from: stamps[0], to: stamps[1]),
      tokens: (1..<outputLength).map { Monotonic.seconds(from: stamps[$0], to: stamps[$0 + 1]) })
  }

  private mutating func generateWithCache(_ session: any GenerationSession) throws {
    stamps[0] = Monotonic.now()
    session.reset()
    try session.prefill(prompts)
    takeTokens(session, step: 0)
    stamps[1] = Monotonic.now()
    for step in 1..<outputLength {
      try session.decode(newest)
      takeTokens(session, step: step)
      stamps[step + 1] = Monotonic.now()
    }
  }

  private mutating func generateWithoutCache(_ session: any GenerationSession) throws {
    var sequences = prompts
    for index in sequences.indices { sequences[index].reserveCapacity(sequences[index].count + outputLength) }
    stamps[0] = Monotonic.now()
    for step in 0..<outputLength {
      session.reset()
      try session.prefill(sequences)
      takeTokens(session, step: step)
      for index in sequences.indices { sequences[index].append(newest[index]) }
      stamps[step + 1] = Monotonic.now()
    }
  }

  private mutating func takeTokens(_ session: any GenerationSession, step: Int) {
    for sequence in newest.indices {
      newest[sequence] = session.greedyToken(sequence)
      generated[step * newest.count + sequence] = newest[sequence]
    }
  }
}
