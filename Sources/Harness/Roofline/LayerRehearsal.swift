import KernelInterface
import Tensor
import Transformer

/// Runs one layer of a model at a trial's shapes and times its operations.
///
/// A model is its layers one after the other, so what they take together follows from one; and one layer is cheap: it
/// has random weights and a small vocabulary, and is gone before the trial begins.
struct LayerRehearsal {
  let configuration: ModelConfiguration
  let dtype: DType
  let arithmeticDType: DType
  let cacheDType: DType
  let weightDType: DType
  let productDType: DType
  let kernels: KernelSet
  let threads: ThreadCount
  let hugePages: Bool

  /// Tokens of the layer's own vocabulary.
  private static let vocabularySize = 64
  /// Calls that are counted of each phase: the least of them when they take longer than this many seconds.
  private static let calls = 3...7
  private static let seconds = 0.4
  /// Decode steps of a call.
  private static let steps = 8

  /// - Throws: `OutOfMemory`, and what keeps a model from running.
  func run(_ trial: Trial, capacity: Int, seed: UInt64, useCache: Bool) throws -> Rehearsal? {
    var one = configuration
    one.layerCount = 1
    one.vocabularySize = min(configuration.vocabularySize, Self.vocabularySize)
    let workers = try PhaseWorkers.start(threads, kernels)
    let model = try Model(
      configuration: one, source: RandomWeights(configuration: one, seed: seed, standardDeviation: 0.02), dtype: dtype,
      arithmetic: arithmeticDType, kernels: kernels, workers: workers.largest, hugePages: hugePages)
    let engine = NativeEngine(model: model, workers: workers, cacheDType: cacheDType, hugePages: hugePages)
    let session = try engine.openSession(batchSize: trial.batchSize, capacity: capacity)
    let costs = CostModel(
      configuration: one, weightDType: weightDType, cacheDType: cacheDType, productDType: productDType)
    let choice = Double(trial.batchSize) * choiceSeconds()

    func times(length: Int, outputLength: Int, phase: (CallProfile) -> PhaseProfile) throws -> LayerTimes? {
      let prompts = try RandomPrompts.draw(
        batchSize: trial.batchSize, length: length, vocabularySize: one.vocabularySize, seed: seed)
      var times: [LayerTimes] = []
      let start = Monotonic.now()
      // The first call touches pages and is not counted.
      for call in 0...Self.calls.upperBound {
        let profile = try CallProfile.run(
          session, prompts: prompts, outputLength: outputLength, useCache: true, costs: costs
        ) { _, _, _ in }
        if call > 0, let found = LayerTimes(phase(profile), choice: choice) { times.append(found) }
        let isLong = Monotonic.seconds(from: start, to: Monotonic.now()) > Self.seconds
        if call >= Self.calls.lowerBound && isLong { break }
      }
      // Whatever disturbs a call makes it slower.
      return times.min { $0.total < $1.total }
    }
    guard let prefill = try times(length: trial.inputLength, outputLength: 1, phase: \.prefill) else { return nil }
    let laterTokens = trial.outputLength - 1
    guard useCache && laterTokens > 0 else { return Rehearsal(prefill: prefill) }
    // Around the trial's middle step, whose attention is the mean one.
    let steps = min(Self.steps, laterTokens)
    let length = trial.inputLength + (laterTokens - steps) / 2
    return Rehearsal(
      prefill: prefill, decode: try times(length: length, outputLength: steps + 1, phase: \.decode))
  }

  /// Seconds of the search for the most likely token among the logits of a sequence.
  private func choiceSeconds() -> Double {
    let count = configuration.vocabularySize
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { logits in
      logits.initialize(repeating: 0)
      var seconds: [Double] = []
      for _ in 0..<5 {
        let start = Monotonic.now()
        _ = kernels.elementwise.indexOfMaximum(logits.baseAddress!, count)
        seconds.append(Monotonic.seconds(from: start, to: Monotonic.now()))
      }
      return Statistics.percentile(seconds, 50)
    }
  }
}
