#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Clock readings at the ends of steps, in memory that is allocated once. Worker 0 alone writes.
///
/// Trivial, so that a forward pass reads it from the session without touching a reference count.
struct StepLog {
  /// One reading. `operation` is `passBegin` for the first of a pass.
  struct Stamp {
    var time: UInt64
    var layer: Int32
    var operation: UInt8
    /// Whether all workers have finished the step, or worker 0 alone.
    var isEnd: Bool
  }

  static let passBegin = UInt8.max

  private let stamps: UnsafeMutablePointer<Stamp>
  private let shapes: UnsafeMutablePointer<PassShape>
  private let stampCapacity: Int
  private let passCapacity: Int
  /// Readings that one pass takes at most.
  private let stampsPerPass: Int
  private var stampCount = 0
  private var passCount = 0
  private var dropped = 0
  private var isRecording = false

  init(layers: Int, passes: Int) {
    let perLayer = ForwardOperation.allCases.count { $0.isOfLayer }
    stampsPerPass = 1 + 2 * (perLayer * layers + ForwardOperation.allCases.count - perLayer)
    passCapacity = max(1, passes)
    stampCapacity = passCapacity * stampsPerPass
    stamps = .allocate(capacity: stampCapacity)
    shapes = .allocate(capacity: passCapacity)
  }

  func deallocate() {
    stamps.deallocate()
    shapes.deallocate()
  }

  mutating func beginPass(_ shape: PassShape) {
    isRecording = passCount < passCapacity
    guard isRecording else {
      dropped += 1
      return
    }
    (shapes + passCount).initialize(to: shape)
    passCount += 1
    append(StepLog.passBegin, 0, false)
  }

  /// Worker 0 has done its part of a step.
  mutating func workEnded(_ operation: ForwardOperation, layer: Int) { append(operation.rawValue, layer, false) }

  /// All workers have done theirs.
  mutating func stepEnded(_ operation: ForwardOperation, layer: Int) { append(operation.rawValue, layer, true) }

  private mutating func append(_ operation: UInt8, _ layer: Int, _ isEnd: Bool) {
    guard isRecording, stampCount < stampCapacity else { return }
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    (stamps + stampCount).initialize(
      to: Stamp(
        time: UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec), layer: Int32(truncatingIfNeeded: layer),
        operation: operation, isEnd: isEnd))
    stampCount += 1
  }

  /// Hands over what was recorded and starts anew.
  mutating func take() -> ForwardProfile {
    var profile = ForwardProfile()
    profile.droppedPasses = dropped
    var workEnd: UInt64 = 0
    for stamp in UnsafeBufferPointer(start: stamps, count: stampCount) {
      guard let operation = ForwardOperation(rawValue: stamp.operation) else {
        profile.passes.append(.init(shape: shapes[profile.passes.count], start: stamp.time, steps: []))
        continue
      }
      guard stamp.isEnd else {
        workEnd = stamp.time
        continue
      }
      profile.passes[profile.passes.count - 1].steps.append(
        .init(
          operation: operation, layer: operation.isOfLayer ? Int(stamp.layer) : nil, workEnd: workEnd, end: stamp.time))
    }
    stampCount = 0
    passCount = 0
    dropped = 0
    return profile
  }
}
