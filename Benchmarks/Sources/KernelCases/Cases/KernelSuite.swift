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
      case .checkpoint(let path): try openCheckpoint(path).modelConfiguration()
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

  /// The cases whose names contain a match of `pattern`, a regular expression; all of them for an empty one.
  ///
  /// - Throws: `InputError` for a pattern that is none or that no case has.
  public func cases(matching pattern: String) throws -> [KernelCase] {
    if pattern.isEmpty { return cases }
    let expression: Regex<AnyRegexOutput>
    do { expression = try Regex(pattern) } catch {
      throw InputError(path: ["filter"], problem: "'\(pattern)' is not a regular expression: \(error)")
    }
    let matching = cases.filter { $0.name.contains(expression) }
    if matching.isEmpty {
      throw InputError(
        path: ["filter"], problem: "no case matches '\(pattern)'",
        cure: "They are called like '\(cases[0].name)'; kernel-report --list shows all.")
    }
    return matching
  }

  /// dtypes with arithmetic of their own.
  public var arithmetics: [DType] { context.kernels.probe.peakBF16 == nil ? [.fp32] : [.fp32, .bf16] }
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
