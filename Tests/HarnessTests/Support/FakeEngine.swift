import Transformer

@testable import Harness
@testable import Tensor

/// An engine whose next token is a function of all tokens so far, and that writes down what it is asked.
final class FakeEngine: GenerationEngine {
  enum Call: Equatable {
    case open(batchSize: Int, capacity: Int)
    case reset
    case prefill([Int])
    case decode
    case startProfiling
    case stopProfiling
  }

  let parameterCount = 1_315_950_592
  let weightBytes = 1000
  let vocabularySize: Int
  /// Batch sizes whose sessions cannot be opened.
  var failingBatchSizes: Set<Int> = []
  private(set) var calls: [Call] = []
  /// The prompts of every prefill, [call][batch][length].
  fileprivate(set) var prompts: [[[Int32]]] = []
  /// The logit of the next token; the others are 0.
  var largestLogit: Float = 10
  /// Called before each prefill.
  var beforePrefill: () throws -> Void = {}

  init(vocabularySize: Int) { self.vocabularySize = vocabularySize }

  func openSession(batchSize: Int, capacity: Int) throws -> any GenerationSession {
    calls.append(.open(batchSize: batchSize, capacity: capacity))
    if failingBatchSizes.contains(batchSize) { throw InputError(problem: "the session broke") }
    return FakeSession(engine: self, batchSize: batchSize, capacity: capacity)
  }

  /// What a session hands over as its profile.
  var profile: () -> ForwardProfile = { ForwardProfile() }

  fileprivate func note(_ call: Call) { calls.append(call) }
}

final class FakeSession: GenerationSession {
  let kvCacheBytes: Int
  private let engine: FakeEngine
  private var sequences: [[Int32]]
  private let row: UnsafeMutableBufferPointer<Float>

  init(engine: FakeEngine, batchSize: Int, capacity: Int) {
    self.engine = engine
    kvCacheBytes = 100 * batchSize * capacity
    sequences = Array(repeating: [], count: batchSize)
    row = .allocate(capacity: engine.vocabularySize)
    row.initialize(repeating: 0)
  }

  deinit { row.deallocate() }

  func reset() {
    engine.note(.reset)
    for index in sequences.indices { sequences[index] = [] }
  }

  func prefill(_ prompts: [[Int32]]) throws {
    try engine.beforePrefill()
    engine.note(.prefill(prompts.map(\.count)))
    engine.prompts.append(prompts)
    for index in sequences.indices { sequences[index] += prompts[index] }
  }

  func decode(_ tokens: [Int32]) throws {
    engine.note(.decode)
    for index in sequences.indices { sequences[index].append(tokens[index]) }
  }

  func greedyToken(_ sequence: Int) -> Int32 {
    let hash = sequences[sequence].reduce(UInt32(17)) { ($0 &* 31) &+ UInt32($1) }
    return Int32(hash % UInt32(engine.vocabularySize))
  }

  func startProfiling(passes: Int) { engine.note(.startProfiling) }
  func takeProfile() -> ForwardProfile { engine.profile() }
  func stopProfiling() { engine.note(.stopProfiling) }

  func logits(_ sequence: Int) -> UnsafeBufferPointer<Float> {
    row.update(repeating: 0)
    row[Int(greedyToken(sequence))] = engine.largestLogit
    return UnsafeBufferPointer(row)
  }
}

/// Hands out a `FakeEngine`; weights take 1000 bytes, a token of KV cache 100.
struct FakeProvider: EngineProvider {
  var engine = FakeEngine(vocabularySize: 101)
  var configuration = ModelConfiguration(
    vocabularySize: 101, modelWidth: 8, layerCount: 2, headCount: 2, feedForwardWidth: 32, maximumSequenceLength: 64)
  var parameterCount: Int { engine.parameterCount }
  var instructionSet = "fake"
  var threads = ThreadCount(2)
  var weightBytes = 1000
  /// The system refuses the weights although the estimate said that they fit.
  var refusesWeights = false
  let loads = Counter()

  final class Counter { var value = 0 }

  func memoryDemand(batchSize: Int, capacity: Int) -> MemoryDemand {
    MemoryDemand(weightBytes: weightBytes, kvCacheBytes: 100 * batchSize * capacity, activationBytes: 10)
  }

  let weightDType = DType.bf16
  let productDType = DType.bf16
  var ceilings: Ceilings?
  var rehearsal: Rehearsal?
  /// What is measured before and after each trial in turn.
  var barriers = Barriers([])

  final class Barriers {
    private var times: [BarrierTime]
    init(_ seconds: [Double]) { times = seconds.reversed().map { BarrierTime(seconds: $0) } }
    func next() -> BarrierTime? { times.popLast() }
  }

  func measureCeilings() -> Ceilings? { ceilings }
  func measureBandwidth() -> Double? { ceilings?.bytesPerSecond }
  func measureBarrier() -> BarrierTime? { barriers.next() }
  func rehearse(_ trial: Trial, capacity: Int, useCache: Bool) -> Rehearsal? { rehearsal }

  func load(progress: @escaping (Double) -> Void) throws -> any GenerationEngine {
    loads.value += 1
    if refusesWeights { throw OutOfMemory(byteCount: weightBytes) }
    progress(0.5)
    progress(1)
    return engine
  }
}
