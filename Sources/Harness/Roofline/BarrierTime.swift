import KernelInterface
import Tensor

/// How long a barrier of all workers takes: it tells how far apart their processors are.
///
/// Cores that share a last-level cache hear of each other several times sooner than others, but they share a link to
/// memory, too. A hypervisor moves virtual processors from one such place to another, and with them the read bandwidth:
/// on two processors of a Zen 4 virtual machine 40 to 75 ns went with 33 to 37 GB/s and 310 to 330 ns with 57 to 58,
/// without exception.
public struct BarrierTime: Sendable, Equatable {
  public var seconds: Double

  public init(seconds: Double) { self.seconds = seconds }

  private static let barriers = 200
  /// Seconds beyond which a barrier tells of threads that do not run, not of processors that are far.
  private static let longest = 100e-6

  /// As it is now, in a millisecond; `nil` for one thread, and while others hold a processor.
  static func now(_ kernels: KernelSet, threads: Int) -> BarrierTime? {
    now(Workers(threads: threads, kernels: kernels))
  }

  static func now(_ workers: Workers) -> BarrierTime? {
    guard workers.count > 1 else { return nil }
    // The least of several: whatever disturbs a barrier makes it longer. The first meets threads that are not awake yet.
    let seconds = (0..<6).map { _ in
      workers.seconds { worker in for _ in 0..<Self.barriers { worker.barrier() } } / Double(Self.barriers)
    }
    return seconds.min().flatMap { $0 < longest ? BarrierTime(seconds: $0) : nil }
  }

  /// Whether the processors are as far apart as at another time: the difference between places is a factor of four
  /// and more, that between moments at one place less than two. What is not known differs from nothing.
  static func isAlike(_ a: BarrierTime?, _ b: BarrierTime?) -> Bool {
    guard let a, let b else { return true }
    return a.seconds < 3 * b.seconds && b.seconds < 3 * a.seconds
  }

  /// "57 ns"
  var text: String { "\(fixed(seconds * 1e9, 0)) ns" }
}
