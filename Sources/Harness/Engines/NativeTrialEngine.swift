import Tensor
import Transformer

/// This package's engine beside others: in memory only while it is measured, so that all find the machine alike.
final class NativeTrialEngine: TrialEngine {
  let name = EngineName.native
  private let sweep: Sweep
  private let provider: any EngineProvider
  private let memory: MemoryGuard
  private let progress: Progress

  init(sweep: Sweep, provider: any EngineProvider, memory: MemoryGuard, progress: Progress) {
    self.sweep = sweep
    self.provider = provider
    self.memory = memory
    self.progress = progress
  }

  func measure(_ turn: EngineTurn, batchEnded: () -> Void) throws -> EngineMeasurement {
    let capacity = sweep.cacheCapacity(turn.trial, of: provider.configuration)
    let demand = provider.demand(of: turn.trial, in: sweep)
    if let reason = memory.refusal(demand, weightsLoaded: false) { throw EngineProblem.outOfMemory(reason) }
    do {
      return try measure(turn, capacity: capacity, batchEnded: batchEnded)
    } catch let error as OutOfMemory {
      throw EngineProblem.outOfMemory("\(error)")
    }
  }

  private func measure(_ turn: EngineTurn, capacity: Int, batchEnded: () -> Void) throws -> EngineMeasurement {
    var result = EngineMeasurement()
    _ = PeakMemory.reset()
    let engine = try provider.load { _ in }
    result.description.loadPeakBytes = PeakMemory.bytes()
    result.description.version = "llm-bench, Swift \(BuildDescription.compiler), \(BuildDescription.configuration)"
    result.description.logits = "last"
    result.description.cacheDType = sweep.kvCacheDType.rawValue
    result.description.weightBytes = engine.weightBytes
    result.description.threads = provider.threads.largest
    result.description.processors = Processors.allowed
    result.memory.peakIsOfTrial = PeakMemory.reset()
    let session = try engine.openSession(batchSize: turn.trial.batchSize, capacity: capacity)
    var call = GenerateCall(prompts: turn.prompts, outputLength: turn.trial.outputLength, useCache: sweep.useCache)
    for _ in 0..<turn.warmupCount {
      _ = try call.measure(session)
      batchEnded()
    }
    for _ in 0..<turn.batchCount {
      result.samples.append(try call.measure(session))
      batchEnded()
    }
    result.tokens = call.tokens
    result.memory.peakBytes = PeakMemory.bytes()
    result.memory.kvCacheBytes = session.kvCacheBytes
    return result
  }
}

extension Sweep {
  /// Slots of the KV cache for each sequence of a trial.
  func cacheCapacity(_ trial: Trial, of configuration: ModelConfiguration) -> Int {
    kvCacheCapacity ?? configuration.cacheCapacity(length: trial.inputLength + trial.outputLength)
  }
}
