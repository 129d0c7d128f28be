import Dispatch
import KernelInterface
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A persistent team of threads that all run the same function (SPMD), with barriers between its steps.
///
/// The helpers live on threads of their own, spin for a while after each region and park when no other follows; the
/// thread that calls `run` takes part as worker 0. Regions must not be nested, and only one thread may call `run` at a
/// time.
public final class Workers: @unchecked Sendable {
  /// Workers of a region, the caller included: fewer than were asked for when the system refused a thread.
  public let count: Int
  private let team: Team

  /// - Parameters:
  ///   - threads: workers wanted, the caller included; at least 1.
  ///   - pinned: ties each helper to a processor of its own where the platform allows and there are enough.
  ///   - kernels: the set whose hint to the processor is used while a thread spins.
  public init(threads: Int, pinned: Bool = true, kernels: KernelSet) {
    precondition(threads >= 1, "a team needs at least one worker, not \(threads)")
    let processors = Processors.allowed
    let team = Team(capacity: threads, spins: threads <= processors.count, pause: kernels.probe.pause)
    for index in 1..<threads {
      let processor = pinned && threads <= processors.count ? processors[index] : nil
      guard HelperThread.start({ team.serve(index, processor) }) else { break }
      team.count += 1
    }
    self.team = team
    count = team.count
  }

  deinit {
    team.stop()
  }

  /// Runs `body` once on every worker at the same time and returns when all have finished.
  public func run(_ body: (Worker) -> Void) {
    if count == 1 {
      team.ready()
      body(Worker(index: 0, team: team))
      return
    }
    RegionBody.start(body, on: team)
  }

  /// Processors that this process may use.
  public static var availableProcessors: Int { max(1, Processors.allowed.count) }
}

/// One member of a team inside a region.
public struct Worker {
  /// From 0; the thread that called `run` is 0.
  public let index: Int
  /// Workers of the region.
  public let count: Int
  private let counters: UnsafeMutablePointer<TeamCounters>
  private let pause: @convention(c) () -> Void
  private let waitSpins: Int

  init(index: Int, team: Team) {
    self.index = index
    count = team.count
    counters = team.counters
    pause = team.pause
    waitSpins = team.waitSpins
  }

  /// Waits until every worker has come here. What any of them wrote before is then visible to all.
  public func barrier() {
    guard count > 1 else {
      counters.pointee.claimed.store(0, ordering: .relaxed)
      return
    }
    let phase = counters.pointee.phase.load(ordering: .relaxed)
    if counters.pointee.arrived.add(1, ordering: .acquiringAndReleasing).newValue == count {
      counters.pointee.arrived.store(0, ordering: .relaxed)
      counters.pointee.claimed.store(0, ordering: .relaxed)
      counters.pointee.phase.store(phase &+ 1, ordering: .releasing)
      return
    }
    var wait = Waiting(pause, spins: waitSpins)
    while counters.pointee.phase.load(ordering: .acquiring) == phase { wait.step() }
  }

  /// The next of the numbers 0, 1, 2, … that no worker has taken since the last barrier.
  public func claim() -> Int {
    counters.pointee.claimed.add(1, ordering: .relaxed).oldValue
  }

  /// This worker's share of `0 ..< total` in equal contiguous parts whose borders are multiples of `unit`.
  public func share(of total: Int, unit: Int = 1) -> Range<Int> {
    let units = (total + unit - 1) / unit
    let first = units * index / count
    let last = units * (index + 1) / count
    return min(total, first * unit)..<min(total, last * unit)
  }
}

/// How a worker waits for others inside a region: it spins, and when that takes so long that somebody must have lost
/// its processor, it lends its own.
private struct Waiting {
  private let pause: @convention(c) () -> Void
  private let limit: Int
  private var spins = 0

  init(_ pause: @escaping @convention(c) () -> Void, spins limit: Int) {
    self.pause = pause
    self.limit = limit
  }

  mutating func step() {
    spins &+= 1
    if spins < limit {
      pause()
    } else if spins < limit + 20 {
      sched_yield()
    } else {
      usleep(50)
    }
  }
}

/// Counters that the workers share, each on cache lines of its own.
struct TeamCounters: ~Copyable {
  private typealias Padding = InlineArray<15, Int>
  /// Rises by one for each region.
  let generation = Atomic<Int>(0)
  private let padding1 = Padding(repeating: 0)
  /// Helpers that have not finished the region.
  let busy = Atomic<Int>(0)
  private let padding2 = Padding(repeating: 0)
  let arrived = Atomic<Int>(0)
  private let padding3 = Padding(repeating: 0)
  /// Rises by one for each barrier.
  let phase = Atomic<Int>(0)
  private let padding4 = Padding(repeating: 0)
  let claimed = Atomic<Int>(0)
  private let padding5 = Padding(repeating: 0)
  let stopped = Atomic<Bool>(false)
}

/// What the helpers keep alive: it outlives the `Workers` that made it until the last helper has left.
final class Team: @unchecked Sendable {
  /// Workers, the caller included. Rises while the threads are started and is constant from the first region on.
  fileprivate(set) var count = 1
  let pause: @convention(c) () -> Void
  /// Spins before a worker that waits for others lends its processor.
  let waitSpins: Int
  let counters: UnsafeMutablePointer<TeamCounters>
  /// The region's function; valid from the rise of `generation` until `busy` is 0.
  private var body: RegionBody?
  private let parked: UnsafeMutablePointer<Atomic<Bool>>
  private let wake: [DispatchSemaphore]
  private let capacity: Int
  /// Spins before a helper that waits for a region parks.
  private let parkSpins: Int

  /// - spins: whether waiting is spinning: with more threads than processors it would keep those from running that are
  ///   waited for.
  init(capacity: Int, spins: Bool, pause: @escaping @convention(c) () -> Void) {
    self.capacity = capacity
    self.pause = pause
    waitSpins = spins ? 50_000 : 50
    // About 200 µs to 1 ms, beyond the gap between two decode steps; parking and waking costs 15 to 25 µs.
    parkSpins = spins ? 20_000 : 50
    counters = .allocate(capacity: 1)
    counters.initialize(to: TeamCounters())
    parked = .allocate(capacity: capacity)
    for index in 0..<capacity { (parked + index).initialize(to: Atomic(false)) }
    wake = (0..<capacity).map { _ in DispatchSemaphore(value: 0) }
  }

  deinit {
    parked.deinitialize(count: capacity)
    parked.deallocate()
    counters.deinitialize(count: 1)
    counters.deallocate()
  }

  /// Numbers to claim start at 0 in each region.
  func ready() {
    counters.pointee.claimed.store(0, ordering: .relaxed)
  }

  func run(_ body: RegionBody) {
    ready()
    self.body = body
    counters.pointee.busy.store(count - 1, ordering: .relaxed)
    release()
    body(Worker(index: 0, team: self))
    var wait = Waiting(pause, spins: waitSpins)
    while counters.pointee.busy.load(ordering: .acquiring) != 0 { wait.step() }
    self.body = nil
  }

  func stop() {
    counters.pointee.stopped.store(true, ordering: .relaxed)
    release()
  }

  /// Starts the next region and wakes those that sleep.
  private func release() {
    counters.pointee.generation.add(1, ordering: .sequentiallyConsistent)
    for index in 1..<max(1, count)
    where parked[index].exchange(false, ordering: .sequentiallyConsistent) {
      wake[index].signal()
    }
  }

  /// A helper's life: wait for a region, run it, say so.
  func serve(_ index: Int, _ processor: Int?) {
    if let processor { Processors.pin(to: processor) }
    var seen = 0
    while true {
      waitForRegion(after: seen, index)
      seen &+= 1
      if counters.pointee.stopped.load(ordering: .relaxed) { return }
      // Made here, and not before the loop: the team is complete when its first region begins.
      body!(Worker(index: index, team: self))
      counters.pointee.busy.subtract(1, ordering: .releasing)
    }
  }

  private func waitForRegion(after seen: Int, _ index: Int) {
    var spins = 0
    while counters.pointee.generation.load(ordering: .acquiring) == seen {
      pause()
      spins &+= 1
      guard spins > parkSpins else { continue }
      parked[index].store(true, ordering: .sequentiallyConsistent)
      if counters.pointee.generation.load(ordering: .sequentiallyConsistent) != seen,
        parked[index].exchange(false, ordering: .sequentiallyConsistent)
      {
        return
      }
      // Either no region has begun, or its caller has seen the flag and signals. That caller may be the last region's,
      // held up before it came to this flag: whether a new one has begun is asked again.
      wake[index].wait()
      spins = 0
    }
  }
}
