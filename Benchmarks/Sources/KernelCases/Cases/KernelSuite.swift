import Harness
import KernelInterface
import Tensor
import Transformer

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The cases whose shapes a sweep file gives.
public struct KernelSuite {
  public let context: KernelContext
  public let configuration: ModelConfiguration
  /// Numbers of threads, ascending: one, and as many as the sweep uses.
  public let threads: [Int]
  public let cases: [KernelCase]

  /// - Parameter sweepFile: its model, `threads` and nothing else counts.
  /// - Throws: `SweepFileError`, `InputError` or `UnavailableInstructionSet` for what the user has to put right.
  public init(sweepFile: String) throws {
    let sweep = try SweepFile.load(path: sweepFile)
    let kernels = try InstructionSet.select(getenv(InstructionSet.variable).map { String(cString: $0) })
    let model =
      switch sweep.model {
      case .random(let configuration, _): configuration
      case .checkpoint(let folder): try CheckpointFolder(folder).modelConfiguration()
      }
    self.init(
      configuration: model, threads: sweep.threads ?? Workers.availableProcessors,
      context: KernelContext(kernels: kernels))
  }

  public init(configuration: ModelConfiguration, threads: Int, context: KernelContext) {
    self.configuration = configuration
    self.context = context
    self.threads = threads > 1 ? [1, threads] : [1]
    let builder = CaseBuilder(
      configuration: configuration, threads: self.threads, caches: context.caches, kernels: context.kernels)
    cases =
      builder.gemm + builder.skinnyGEMM + builder.gemv + builder.attentionPrefill + builder.attentionDecode
      + builder.softmax + builder.normalization + builder.activation + builder.rope + builder.conversion
      + builder.packing + builder.workerRegions
  }
}

/// What the groups' lists of cases are made from.
struct CaseBuilder {
  let configuration: ModelConfiguration
  let threads: [Int]
  let caches: CacheSizes
  let kernels: KernelSet

  /// All cores.
  var team: Int { threads.last! }

  /// The four linear layers of a block.
  var layers: [LinearShape] {
    let c = configuration
    return [
      LinearShape(name: "qkv", columns: c.queryWidth + 2 * c.keyValueWidth, depth: c.modelWidth),
      LinearShape(name: "out", columns: c.modelWidth, depth: c.queryWidth),
      LinearShape(
        name: "up", columns: c.feedForward == .glu ? 2 * c.feedForwardWidth : c.feedForwardWidth, depth: c.modelWidth),
      LinearShape(name: "down", columns: c.modelWidth, depth: c.feedForwardWidth),
    ]
  }

  /// The output projection.
  var logits: LinearShape {
    LinearShape(name: "logits", columns: configuration.vocabularySize, depth: configuration.modelWidth)
  }

  /// Cold: as many copies as exceed the caches take turns, as the layers of a model do. Hot: one copy again and again,
  /// where a cache holds it.
  enum Temperature: String, CaseIterable {
    case cold
    case hot
  }

  /// Copies of an operand of `byteCount` bytes that take turns, and the level that they come from; `nil` when no cache
  /// holds the operand and hot would be cold.
  func rotation(of byteCount: Int, _ temperature: Temperature, threads: Int) -> (copies: Int, level: MemoryLevel)? {
    switch temperature {
    case .cold: return (max(1, (caches.cold + byteCount - 1) / byteCount), .memory)
    case .hot:
      let level = caches.level(of: byteCount, threads: threads)
      return level == .memory ? nil : (1, level)
    }
  }
}
