import KernelInterface
import Tensor
import TestSupport
import Testing

#if os(Linux)
  // Under the thread sanitizer each call would take microseconds, in which all other threads wait for the counter.
  @Suite("Allocations", .disabled(if: ThreadSanitizer.isPresent))
  struct AllocationTests {
    @Test("the counter sees arrays, on every thread of a team", arguments: [1, 2])
    func counterCounts(threads: Int) throws {
      try #require(AllocationCounter.isAvailable)
      let workers = Workers(threads: threads, pinned: false, kernels: InstructionSet.available[0])
      let allocations = AllocationCounter.allocations(on: workers) {
        workers.run { worker in
          var kept: [[Int]] = []
          for index in 0..<100 { kept.append([Int](repeating: index, count: 100)) }
          #expect(kept.count == 100)
        }
      }
      #expect(allocations >= 100 * threads)
    }

    @Test("a region allocates nothing, whatever its body captures", arguments: [1, 2, 3])
    func region(threads: Int) throws {
      try #require(AllocationCounter.isAvailable)
      let workers = Workers(threads: threads, pinned: false, kernels: InstructionSet.available[0])
      let sums = UnsafeMutablePointer<Int>.allocate(capacity: threads)
      sums.initialize(repeating: 0, count: threads)
      defer { sums.deallocate() }
      var regions = 0
      let allocations = AllocationCounter.allocations(on: workers) {
        for number in 0..<1000 {
          workers.run { worker in
            while worker.claim() < 5 { sums[worker.index] += number }
            worker.barrier()
            sums[worker.index] += worker.share(of: 100).count
          }
          regions += 1
        }
      }
      #expect(allocations == 0, "\(allocations) allocations in \(regions) regions")
      let sum = (0..<threads).reduce(0) { $0 + sums[$1] }
      #expect(sum == 5 * 499_500 + 100_000)
    }
  }
#endif
