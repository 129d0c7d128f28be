import KernelInterface
import Tensor
import Transformer

/// The teams of the two phases: one and the same unless they differ in size. An idle team sleeps.
struct PhaseWorkers {
  let prefill: Workers
  let decode: Workers

  /// For work outside the phases.
  var largest: Workers { prefill.count >= decode.count ? prefill : decode }

  /// - Throws: `InputError` when the system starts fewer threads than asked for.
  static func start(_ threads: ThreadCount, _ kernels: KernelSet) throws(InputError) -> PhaseWorkers {
    let prefill = try team(threads.prefill, kernels)
    if threads.decode == threads.prefill { return PhaseWorkers(prefill: prefill, decode: prefill) }
    return PhaseWorkers(prefill: prefill, decode: try team(threads.decode, kernels))
  }

  private static func team(_ count: Int, _ kernels: KernelSet) throws(InputError) -> Workers {
    let workers = Workers(threads: count, kernels: kernels)
    guard workers.count == count else {
      throw InputError(
        path: ["threads"], problem: "the system started \(workers.count) of \(count) threads",
        cure: "Ask for fewer, or raise the limits on processes (ulimit -u) and memory (ulimit -v).")
    }
    return workers
  }
}
