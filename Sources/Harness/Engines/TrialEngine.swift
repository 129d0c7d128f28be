import Transformer

/// An engine as a comparison sees it: it measures some calls of a trial now and others later.
protocol TrialEngine: AnyObject {
  var name: EngineName { get }

  /// Brings the model into memory, runs `turn.warmupCount` calls and times `turn.batchCount` more.
  ///
  /// - Parameter batchEnded: called between generate calls.
  /// - Throws: `EngineProblem` when there are no samples.
  func measure(_ turn: EngineTurn, batchEnded: () -> Void) throws -> EngineMeasurement
}

/// What an engine is asked for at once.
struct EngineTurn {
  var trial: Trial
  /// [batch][input length]
  var prompts: [[Int32]]
  var warmupCount: Int
  var batchCount: Int
}

/// What came of a turn, or of several.
struct EngineMeasurement: Equatable {
  var samples: [Sample] = []
  /// Greedy tokens of the last call, [batch][output length].
  var tokens: [[Int32]] = []
  var description = DriverDescription()
  var memory = DriverMemory()

  /// Adds a later turn of the same trial.
  mutating func add(_ later: EngineMeasurement) {
    samples += later.samples
    tokens = later.tokens
    description = later.description
    let peak = [memory.peakBytes, later.memory.peakBytes].compactMap { $0 }.max()
    memory = later.memory
    memory.peakBytes = peak
  }
}
