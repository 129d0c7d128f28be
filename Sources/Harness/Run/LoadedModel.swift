import Tensor
import Transformer

/// The model, loaded when the first trial needs it: a sweep whose rows are all there loads nothing.
struct LoadedModel {
  let provider: any EngineProvider
  /// `nil` until a trial has asked for it.
  private(set) var engine: (any GenerationEngine)?
  private(set) var loadPeakBytes: Int?
  /// Seconds that loading took.
  private(set) var loadSeconds: Double?

  init(provider: any EngineProvider) { self.provider = provider }

  var isLoaded: Bool { engine != nil }
  var weightBytes: Int? { engine?.weightBytes }

  /// Why a trial was refused.
  struct Refusal: Error {
    var reason: String
  }

  /// The model in memory, or why a trial of this demand cannot have it.
  mutating func engine(
    for demand: MemoryDemand, memory: MemoryGuard, progress: Progress
  ) throws -> Result<any GenerationEngine, Refusal> {
    if let reason = memory.refusal(demand, weightsLoaded: isLoaded) { return .failure(Refusal(reason: reason)) }
    if let engine { return .success(engine) }
    progress.loadBegan("\(provider.parameterCount) parameters")
    let engine: any GenerationEngine
    let start = Monotonic.now()
    do {
      engine = try provider.load { progress.loaded($0) }
    } catch let error as OutOfMemory {
      return .failure(Refusal(reason: "\(error)"))
    }
    progress.loadEnded("\(byteText(engine.weightBytes)) of weights")
    loadSeconds = Monotonic.seconds(from: start, to: Monotonic.now())
    loadPeakBytes = PeakMemory.bytes()
    self.engine = engine
    return .success(engine)
  }
}
