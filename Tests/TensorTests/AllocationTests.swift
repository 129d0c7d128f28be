import KernelInterface
import Synchronization
import Tensor
import TestSupport
import Testing

#if os(Linux)
  @Suite("Allocations", .serialized)
  struct AllocationTests {
    @Test("the counter sees a closure's context and an array")
    func counterCounts() throws {
      try #require(AllocationCounter.isAvailable)
      AllocationCounter.watchThisThread(slot: 0)
      defer { AllocationCounter.forgetThreads() }
      let before = AllocationCounter.total
      var kept: [Any] = []
      for index in 0..<100 { kept.append([Int](repeating: index, count: 100)) }
      #expect(AllocationCounter.total - before >= 100)
      #expect(kept.count == 100)
    }

    @Test("a region allocates nothing, whatever its body captures", arguments: [1, 2, 3])
    func region(threads: Int) throws {
      try #require(AllocationCounter.isAvailable)
      let kernels = InstructionSet.available[0]
      let workers = Workers(threads: threads, pinned: false, kernels: kernels)
      let sums = UnsafeMutablePointer<Int>.allocate(capacity: threads)
      sums.initialize(repeating: 0, count: threads)
      defer { sums.deallocate() }
      workers.run { AllocationCounter.watchThisThread(slot: $0.index) }
      defer { AllocationCounter.forgetThreads() }
      var regions = 0
      let before = AllocationCounter.total
      for number in 0..<1000 {
        workers.run { worker in
          while worker.claim() < 5 { sums[worker.index] += number }
          worker.barrier()
          sums[worker.index] += worker.share(of: 100).count
        }
        regions += 1
      }
      let allocations = AllocationCounter.total - before
      #expect(allocations == 0, "\(allocations) allocations in \(regions) regions")
      let sum = (0..<threads).reduce(0) { $0 + sums[$1] }
      #expect(sum == 5 * 499_500 + 100_000)
    }
  }
#endif
