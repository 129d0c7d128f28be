import Tensor
import Transformer

/// How many threads a run uses.
enum ThreadCount {
  /// More than any machine has; a larger number is a slip.
  static let limit = 4096

  /// The option before the file, the file before "as many as the process may use".
  static func resolve(sweep: Sweep, option: Int?) throws -> Int {
    if let other = [sweep.prefillThreads, sweep.decodeThreads].compactMap(\.self).first(where: {
      $0 != option ?? sweep.threads ?? Workers.availableProcessors
    }) {
      throw InputError(
        path: ["prefill_threads, decode_threads"],
        problem: "ask for \(other) threads; this version uses one number of threads for both",
        cure: "Use threads, or --threads.")
    }
    return try resolve(option: option ?? sweep.threads)
  }

  static func resolve(option: Int?) throws -> Int {
    guard let count = option else { return Workers.availableProcessors }
    guard (1...limit).contains(count) else {
      throw InputError(path: ["threads"], problem: "is \(count)", cure: "Use 1 to \(limit).")
    }
    return count
  }
}
