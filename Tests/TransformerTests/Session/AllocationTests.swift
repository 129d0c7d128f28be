#if os(Linux)
  import Tensor
  import TestSupport
  import Testing

  @testable import Transformer

  // Under the thread sanitizer each call would take microseconds, in which all other threads wait for the counter.
  @Suite("Memory in a decode step", .disabled(if: ThreadSanitizer.isPresent))
  struct AllocationTests {
    @Test(
      "a decode step allocates nothing on any thread, on a straight cache and on one that wraps",
      arguments: ["alibi", "learned-positions", "rope-hf", "sliding-window", "llama-like"], [1, 3])
    func decodeDoesNotAllocate(model name: String, batchSize: Int) throws {
      try #require(AllocationCounter.isAvailable)
      let golden = try Golden("\(Golden.root)/mpt/\(name)")
      let workers = Workers(threads: 2, kernels: InstructionSet.available[0])
      let model = try golden.model(workers: workers)
      let prompt = golden.prompts[0]
      let steps = 10
      let slidingWindow = model.configuration.slidingWindow
      let session = try Session(
        model: model, workers: workers, batchSize: batchSize, capacity: slidingWindow ?? prompt.count + steps + 1,
        cacheDType: .bf16)
      var tokens = [Int32](repeating: 1, count: batchSize)
      try session.prefill(Array(repeating: prompt, count: batchSize))
      // What is made on first use is no part of a step.
      try session.decode(tokens)
      let allocations = try AllocationCounter.allocations(on: workers) {
        for _ in 0..<steps {
          try session.decode(tokens)
          for sequence in 0..<batchSize { tokens[sequence] = session.greedyToken(sequence) }
        }
      }
      #expect(allocations == 0, "\(allocations) allocations in \(steps) steps")
    }
  }
#endif
