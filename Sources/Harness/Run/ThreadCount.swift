import Tensor
import Transformer

/// How many threads each phase of a generate call uses.
public struct ThreadCount: Sendable, Equatable {
  public var prefill: Int
  public var decode: Int

  /// What a run as a whole takes.
  public var largest: Int { max(prefill, decode) }

  public init(prefill: Int, decode: Int) {
    self.prefill = prefill
    self.decode = decode
  }

  /// The same for both phases.
  public init(_ count: Int) { self.init(prefill: count, decode: count) }

  /// "4 threads" or "4 prefill and 2 decode threads".
  var text: String {
    prefill == decode ? counted(prefill, "thread") : "\(prefill) prefill and \(counted(decode, "decode thread"))"
  }
}

extension ThreadCount {
  /// More than any machine has; a larger number is a slip.
  static let limit = SweepValues.maximumThreads

  /// A phase's own key before the option, the option before the file's `threads`, that before "as many as the process
  /// may use".
  static func resolve(sweep: Sweep, option: Int?) throws -> ThreadCount {
    let both = try resolve(option: option ?? sweep.threads).largest
    return ThreadCount(prefill: sweep.prefillThreads ?? both, decode: sweep.decodeThreads ?? both)
  }

  static func resolve(option: Int?) throws -> ThreadCount {
    guard let count = option else { return ThreadCount(min(limit, Workers.availableProcessors)) }
    guard (1...limit).contains(count) else {
      throw InputError(path: ["threads"], problem: "is \(count)", cure: "Use 1 to \(limit).")
    }
    return ThreadCount(count)
  }
}
