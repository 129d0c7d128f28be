// Local stand-ins for types that other floors bring. This file goes away when they are there.
import Tensor
import Transformer

#if canImport(Glibc)
  import Glibc
#endif

public final class Workers: Sendable {
  public let count: Int
  public init(threads: Int) { count = threads }
  public static var availableProcessors: Int { onlineProcessors() }
}

struct KernelSet { var name: String }

enum InstructionSet {
  static func select(environment: [String: String]) throws -> KernelSet {
    KernelSet(name: environment["LLM_BENCH_ISA"] ?? "stub")
  }
}

struct RandomWeights: WeightSource {
  init(configuration: ModelConfiguration, seed: UInt64, standardDeviation: Float) {}
  func shape(of name: String) -> [Int]? { nil }
  func read(_ name: String, rows: Range<Int>, into destination: UnsafeMutablePointer<Float>) {}
  func release(_ name: String) {}
}

final class Model: Sendable {
  let configuration: ModelConfiguration
  var parameterCount: Int { configuration.parameterCount }
  var weightBytes: Int { parameterCount * 2 }
  init(
    configuration: ModelConfiguration, source: any WeightSource, dtype: DType, arithmetic: DType, workers: Workers,
    hugePages: Bool, progress: ((Double) -> Void)?
  ) throws { self.configuration = configuration }
}

final class Session {
  let kvCacheBytes: Int
  private let row: UnsafeMutableBufferPointer<Float>
  private var count = 0
  init(model: Model, workers: Workers, batchSize: Int, capacity: Int, cacheDType: DType) throws {
    kvCacheBytes = capacity * batchSize
    row = .allocate(capacity: model.configuration.vocabularySize)
    row.initialize(repeating: 0)
  }
  deinit { row.deallocate() }
  func reset() { count = 0 }
  func prefill(_ prompts: [[Int32]]) throws {
    count += prompts[0].count
    usleep(UInt32(prompts.count * prompts[0].count) * 100)
  }
  func decode(_ tokens: [Int32]) throws {
    count += 1
    usleep(1000)
  }
  func greedyToken(_ sequence: Int) -> Int32 { Int32((count + sequence) % row.count) }
  func logits(_ sequence: Int) -> UnsafeBufferPointer<Float> { UnsafeBufferPointer(row) }
}

struct MemoryEstimate {
  let weightBytes: Int
  let kvCacheBytes: Int
  let activationBytes: Int
  static func of(
    configuration: ModelConfiguration, dtype: DType, batchSize: Int, capacity: Int, cacheDType: DType, threads: Int
  ) -> MemoryEstimate {
    MemoryEstimate(
      weightBytes: configuration.parameterCount * 2,
      kvCacheBytes: 2 * configuration.layerCount * configuration.keyValueWidth * batchSize * capacity
        * cacheDType.byteCount, activationBytes: 0)
  }
}
