import Tensor
import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Builds the model that a sweep or a command names, on this package's engine.
struct NativeEngineProvider: EngineProvider {
  let configuration: ModelConfiguration
  let parameterCount: Int
  let instructionSet: String
  let threads: Int
  private let source: any WeightSource
  private let dtype: DType
  private let arithmeticDType: DType
  private let cacheDType: DType
  private let hugePages: Bool

  /// - Throws: `InputError` for a checkpoint that cannot be used or an instruction set that the processor lacks.
  init(
    model: Sweep.ModelSource, seed: UInt64, dtype: DType, arithmeticDType: DType, cacheDType: DType, hugePages: Bool,
    threads: Int
  ) throws {
    (configuration, source) = try ModelOrigin.open(model, seed: seed)
    self.dtype = dtype
    self.arithmeticDType = arithmeticDType
    self.cacheDType = cacheDType
    self.hugePages = hugePages
    self.threads = threads
    parameterCount = configuration.parameterCount
    let forced = getenv("LLM_BENCH_ISA").map { ["LLM_BENCH_ISA": String(cString: $0)] } ?? [:]
    instructionSet = try InstructionSet.select(environment: forced).name
  }

  init(sweep: Sweep, threads: Int) throws {
    try self.init(
      model: sweep.model, seed: sweep.seed, dtype: sweep.modelDType, arithmeticDType: sweep.arithmeticDType,
      cacheDType: sweep.kvCacheDType, hugePages: sweep.hugePages, threads: threads)
  }

  func memoryDemand(batchSize: Int, capacity: Int) -> MemoryDemand {
    // The grid may ask for a cache whose bytes no integer counts; such a trial needs no exact figure to be refused.
    let elements = [2, configuration.layerCount, batchSize, capacity, configuration.keyValueWidth]
    guard elements.reduce(4, { $0 * Double($1) }) < 0x1p56 else {
      return MemoryDemand(weightBytes: 0, kvCacheBytes: .max, activationBytes: 0)
    }
    let estimate = MemoryEstimate.of(
      configuration: configuration, dtype: dtype, batchSize: batchSize, capacity: capacity, cacheDType: cacheDType,
      threads: threads)
    return MemoryDemand(
      weightBytes: estimate.weightBytes, kvCacheBytes: estimate.kvCacheBytes,
      activationBytes: estimate.activationBytes)
  }

  func load(progress: @escaping (Double) -> Void) throws -> any GenerationEngine {
    let workers = Workers(threads: threads)
    let model = try Model(
      configuration: configuration, source: source, dtype: dtype, arithmetic: arithmeticDType, workers: workers,
      hugePages: hugePages, progress: progress)
    // Known only now: weights are looked at while they are read.
    if let nonFinite = (source as? CheckpointFolder)?.nonFinite { throw nonFinite }
    return NativeEngine(model: model, workers: workers, cacheDType: cacheDType)
  }
}

/// Where a model's weights come from, opened.
enum ModelOrigin {
  static func open(_ model: Sweep.ModelSource, seed: UInt64) throws -> (ModelConfiguration, any WeightSource) {
    switch model {
    case .random(let configuration, let standardDeviation):
      return (
        configuration, RandomWeights(configuration: configuration, seed: seed, standardDeviation: standardDeviation)
      )
    case .checkpoint(let folder):
      let checkpoint = try CheckpointFolder(folder)
      let configuration = try checkpoint.modelConfiguration()
      try checkpoint.validate(against: configuration)
      return (configuration, checkpoint)
    }
  }
}
