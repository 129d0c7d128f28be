import KernelInterface
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
  let threads: ThreadCount
  private let kernels: KernelSet
  private let source: any WeightSource
  private let dtype: DType
  private let arithmeticDType: DType
  private let cacheDType: DType
  private let hugePages: Bool

  var instructionSet: String { kernels.name }
  var weightDType: DType { dtype == .fp32 ? arithmeticDType : dtype }
  var productDType: DType {
    weightDType == .bf16 && arithmeticDType == .bf16 && kernels.matmul.bf16Pairs != nil ? .bf16 : .fp32
  }

  /// - Throws: `InputError` for a checkpoint that cannot be used, `UnavailableInstructionSet` for a set that the processor
  ///   lacks.
  init(
    model: Sweep.ModelSource, seed: UInt64, dtype: DType, arithmeticDType: DType, cacheDType: DType, hugePages: Bool,
    threads: ThreadCount
  ) throws {
    (configuration, source) = try ModelOrigin.open(model, seed: seed)
    self.dtype = dtype
    self.arithmeticDType = arithmeticDType
    self.cacheDType = cacheDType
    self.hugePages = hugePages
    self.threads = threads
    parameterCount = configuration.parameterCount
    kernels = try InstructionSet.select(getenv(InstructionSet.variable).map { String(cString: $0) })
  }

  init(sweep: Sweep, threads: ThreadCount) throws {
    try self.init(
      model: sweep.model, seed: sweep.seed, dtype: sweep.modelDType, arithmeticDType: sweep.arithmeticDType,
      cacheDType: sweep.kvCacheDType, hugePages: sweep.hugePages, threads: threads)
  }

  func memoryDemand(batchSize: Int, capacity: Int) -> MemoryDemand {
    let estimate = MemoryEstimate.of(
      configuration: configuration, dtype: dtype, arithmetic: arithmeticDType, kernels: kernels, batchSize: batchSize,
      capacity: capacity, cacheDType: cacheDType, threads: threads.largest)
    return MemoryDemand(
      weightBytes: estimate.weightBytes, kvCacheBytes: estimate.kvCacheBytes,
      activationBytes: estimate.activationBytes)
  }

  /// Threads that take turns on a processor add nothing to what it can do.
  private var processors: Int { min(threads.largest, Workers.availableProcessors) }

  func measureCeilings() -> Ceilings? { Ceilings.current(kernels, dtype: productDType, threads: processors) }
  func measureBandwidth() -> Double? { Ceilings.bandwidth(kernels, threads: processors) }
  func measureBarrier() -> BarrierTime? { BarrierTime.now(kernels, threads: processors) }

  func rehearse(_ trial: Trial, capacity: Int, useCache: Bool) -> Rehearsal? {
    let rehearsal = LayerRehearsal(
      configuration: configuration, dtype: dtype, arithmeticDType: arithmeticDType, cacheDType: cacheDType,
      weightDType: weightDType, productDType: productDType, kernels: kernels, threads: threads, hugePages: hugePages)
    // Without one the prediction is the limit of the ceilings; that is no reason to lose a measurement.
    return try? rehearsal.run(trial, capacity: capacity, seed: 0, useCache: useCache)
  }

  func load(progress: @escaping (Double) -> Void) throws -> any GenerationEngine {
    let workers = try PhaseWorkers.start(threads, kernels)
    let model = try Model(
      configuration: configuration, source: source, dtype: dtype, arithmetic: arithmeticDType, kernels: kernels,
      workers: workers.largest, hugePages: hugePages, progress: progress)
    // Known only now: weights are looked at while they are read.
    if let nonFinite = (source as? any Checkpoint)?.nonFinite { throw nonFinite }
    return NativeEngine(model: model, workers: workers, cacheDType: cacheDType, hugePages: hugePages)
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
      let checkpoint = try openCheckpoint(folder)
      let configuration = try checkpoint.modelConfiguration()
      try checkpoint.validate(against: configuration)
      return (configuration, checkpoint)
    }
  }
}
