import Tensor
import Transformer

/// The engine of this package behind the harness's protocols.
final class NativeEngine: GenerationEngine {
  private let model: Model
  private let workers: PhaseWorkers
  private let cacheDType: DType
  private let hugePages: Bool

  init(model: Model, workers: PhaseWorkers, cacheDType: DType, hugePages: Bool) {
    self.model = model
    self.workers = workers
    self.cacheDType = cacheDType
    self.hugePages = hugePages
  }

  var parameterCount: Int { model.parameterCount }
  var weightBytes: Int { model.weightBytes }

  func openSession(batchSize: Int, capacity: Int) throws -> any GenerationSession {
    NativeSession(
      session: try Session(
        model: model, workers: workers.prefill, decodeWorkers: workers.decode, batchSize: batchSize,
        capacity: capacity, cacheDType: cacheDType, hugePages: hugePages))
  }
}

/// A thin wrapper: the protocol's calls one by one.
private final class NativeSession: GenerationSession {
  private let session: Session

  init(session: Session) { self.session = session }

  var kvCacheBytes: Int { session.kvCacheBytes }
  func reset() { session.reset() }
  func prefill(_ prompts: [[Int32]]) throws { try session.prefill(prompts) }
  func decode(_ tokens: [Int32]) throws { try session.decode(tokens) }
  func greedyToken(_ sequence: Int) -> Int32 { session.greedyToken(sequence) }
  func logits(_ sequence: Int) -> UnsafeBufferPointer<Float> { session.logits(sequence) }
  func startProfiling(passes: Int) { session.startProfiling(passes: passes) }
  func takeProfile() -> ForwardProfile { session.takeProfile() }
  func stopProfiling() { session.stopProfiling() }
}
