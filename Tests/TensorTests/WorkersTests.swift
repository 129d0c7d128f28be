import Foundation
import Tensor
import TestSupport
import Testing

// One case at a time: teams that spin beside each other only wait for processors.
@Suite("Workers", .serialized)
struct WorkersTests {
  private func team(_ threads: Int, pinned: Bool = false) -> Workers {
    Workers(threads: threads, pinned: pinned, kernels: InstructionSet.available[0])
  }

  @Test("every worker runs once in each of thousands of tiny regions", arguments: 1...4, [false, true])
  func regions(threads: Int, pinned: Bool) {
    let workers = team(threads, pinned: pinned)
    let runs = Row(count: threads)
    #expect(workers.count == threads)
    for _ in 0..<1000 {
      workers.run { worker in runs[worker.index] += worker.count }
    }
    #expect(runs.array == [Int](repeating: 1000 * threads, count: threads))
  }

  @Test("run returns after the last worker has finished", arguments: 2...4)
  func completion(threads: Int) {
    let workers = team(threads)
    let done = Row(count: threads)
    for round in 1...20 {
      workers.run { worker in
        if worker.index == threads - 1 { usleep(500) }
        done[worker.index] = round
      }
      #expect(done.array == [Int](repeating: round, count: threads))
    }
  }

  @Test("what is written before a barrier is read by all after it", arguments: 1...4)
  func barriers(threads: Int) {
    let workers = team(threads)
    let cells = Row(count: threads)
    let wrong = Row(count: threads)
    for _ in 0..<10 {
      workers.run { worker in
        for step in 1...30 {
          cells[worker.index] = step
          worker.barrier()
          for other in 0..<threads where cells[other] != step { wrong[worker.index] += 1 }
          worker.barrier()
        }
      }
    }
    #expect(wrong.array.allSatisfy { $0 == 0 })
  }

  @Test("claims are unique, without gaps, and restart after a barrier and in each region", arguments: 1...4)
  func claims(threads: Int) {
    let workers = team(threads)
    let total = 100
    let taken = Row(count: 3 * total)
    for region in 1...50 {
      workers.run { worker in
        for phase in 0..<3 {
          while true {
            let claim = worker.claim()
            if claim >= total { break }
            taken[phase * total + claim] += 1
          }
          worker.barrier()
        }
        // Claims left over do not reach into the next region.
        _ = worker.claim()
      }
      #expect(taken.array.allSatisfy { $0 == region }, "region \(region)")
    }
  }

  @Test("shares cover the whole once, in order, on borders of the unit", arguments: 1...4)
  func shares(threads: Int) {
    let workers = team(threads)
    let bounds = Row(count: 2 * threads)
    for total in [0, 1, 2, 3, 7, 16, 100, 1001] {
      for unit in [1, 2, 16, 64] {
        workers.run { worker in
          let share = worker.share(of: total, unit: unit)
          bounds[2 * worker.index] = share.lowerBound
          bounds[2 * worker.index + 1] = share.upperBound
        }
        var next = 0
        let units = (total + unit - 1) / unit
        for index in 0..<threads {
          let (first, end) = (bounds[2 * index], bounds[2 * index + 1])
          #expect(first == next, "\(total) in units of \(unit): worker \(index)")
          #expect(end == total || end % unit == 0)
          #expect((end - first + unit - 1) / unit <= (units + threads - 1) / threads)
          next = end
        }
        #expect(next == total)
      }
    }
  }

  @Test("workers that have parked wake again, alone and in bursts", arguments: 2...4)
  func parking(threads: Int) {
    let workers = team(threads)
    let runs = Row(count: threads)
    var regions = 0
    for burst in [1, 1, 2, 5, 1, 20] {
      // Long beyond the helpers' patience, so that they sleep.
      usleep(30_000)
      for _ in 0..<burst {
        workers.run { worker in runs[worker.index] += 1 }
        regions += 1
      }
    }
    #expect(runs.array == [Int](repeating: regions, count: threads))
  }

  @Test("regions at the moment of parking are not lost", arguments: 2...3)
  func parkingRace(threads: Int) {
    let workers = team(threads)
    let runs = Row(count: threads)
    for region in 0..<200 {
      usleep(UInt32(region % 40 * 30))
      workers.run { worker in runs[worker.index] += 1 }
    }
    #expect(runs.array == [Int](repeating: 200, count: threads))
  }

  @Test("a team's helpers end with it, whether they spin, sleep or have hardly begun", .timeLimit(.minutes(1)))
  func end() throws {
    for (regions, idle) in [(0, 0), (1, 0), (1, 100), (1, 30_000), (0, 30_000)] as [(Int, UInt32)] {
      weak var shared: AnyObject?
      do {
        let workers = team(4)
        // What the helpers keep alive until the last of them has left.
        shared = try #require(Mirror(reflecting: workers).descendant("team")) as AnyObject
        for _ in 0..<regions { workers.run { _ in } }
        usleep(idle)
        #expect(shared != nil)
      }
      // A helper that stayed would keep this waiting until the time limit.
      while shared != nil { usleep(1000) }
    }
  }

  @Test("a team larger than any pool of threads runs, with barriers")
  func largeTeam() {
    let workers = team(400)
    #expect(workers.count == 400)
    let cells = Row(count: 400)
    let wrong = Row(count: 400)
    workers.run { worker in
      cells[worker.index] = 1
      worker.barrier()
      for other in 0..<400 where cells[other] != 1 { wrong[worker.index] += 1 }
    }
    #expect(cells.array == [Int](repeating: 1, count: 400))
    #expect(wrong.array.allSatisfy { $0 == 0 })
  }

  @Test("two teams work at the same time")
  func twoTeams() {
    let first = team(2)
    let second = team(2)
    let runs = Row(count: 4)
    let both = DispatchGroup()
    DispatchQueue.global().async(group: both) {
      for _ in 0..<500 { first.run { runs[$0.index] += 1 } }
    }
    for _ in 0..<500 { second.run { runs[2 + $0.index] += 1 } }
    both.wait()
    #expect(runs.array == [500, 500, 500, 500])
  }
}

/// Integers that workers write without further ado: a race between them would be the team's fault.
private final class Row: @unchecked Sendable {
  private let cells: UnsafeMutablePointer<Int>
  private let count: Int

  init(count: Int) {
    self.count = count
    cells = .allocate(capacity: count)
    cells.initialize(repeating: 0, count: count)
  }

  deinit { cells.deallocate() }

  subscript(index: Int) -> Int {
    get { cells[index] }
    set { cells[index] = newValue }
  }

  var array: [Int] { Array(UnsafeBufferPointer(start: cells, count: count)) }
}
