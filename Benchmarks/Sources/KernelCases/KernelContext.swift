import Harness
import KernelInterface
import Tensor
import Transformer

/// What all cases of a process share: the set of kernels, teams of workers and the operands made last.
public final class KernelContext {
  public let kernels: KernelSet
  public let caches: CacheSizes
  private var teams: [Int: Workers] = [:]
  private var operandsKey = ""
  private var operandsValue: AnyObject?

  public init(kernels: KernelSet, caches: CacheSizes = .current) {
    self.kernels = kernels
    self.caches = caches
  }

  /// A team of this many workers, made when it is first asked for.
  public func workers(_ threads: Int) -> Workers {
    if let team = teams[threads] { return team }
    let team = Workers(threads: threads, kernels: kernels)
    teams[threads] = team
    return team
  }

  /// The operands called `key`: those made last when they have this name, so that cases that differ in M alone do not
  /// each pack gigabytes of weights. Others are freed first.
  ///
  /// - Parameters:
  ///   - byteCount: of all memory that `make` will take.
  /// - Throws: `InputError` when so much is not free.
  func operands<Operands: AnyObject>(
    _ key: String, byteCount: Int, make: () throws -> Operands
  ) throws -> Operands {
    if key == operandsKey, let operands = operandsValue as? Operands { return operands }
    operandsValue = nil
    operandsKey = ""
    // Memory that the kernel cannot back ends the process when it is touched, not when it is asked for.
    if let available = AvailableMemory.now(), byteCount > available.bytes / 10 * 9 {
      throw InputError(
        path: [key], problem: "needs \(byteCount >> 20) MB, and \(available.limit) leaves \(available.bytes >> 20) MB",
        cure: "Use the sweep file of a smaller model: CONFIG=…")
    }
    let operands = try make()
    operandsValue = operands
    operandsKey = key
    return operands
  }
}
