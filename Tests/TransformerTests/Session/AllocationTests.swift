#if canImport(Glibc) && arch(x86_64)
  import Glibc
  import Tensor
  import Testing

  @testable import Transformer

  @Suite("Memory in a decode step", .serialized)
  struct AllocationTests {
    @Test("a thousand tokens leave the heap as it was")
    func decodeDoesNotAllocate() throws {
      let golden = try Golden("\(Golden.root)/mpt/alibi")
      let workers = Workers(threads: 2, kernels: InstructionSet.available[0])
      let model = try golden.model(workers: workers)
      let session = try Session(model: model, workers: workers, batchSize: 1, capacity: 1100, cacheDType: .bf16)
      var token: [Int32] = [1]
      try session.prefill([golden.prompts[0]])
      try session.decode(token)
      token[0] = session.greedyToken(0)
      // Other tests run at the same time, so the smallest of several growths counts: a step that kept 16 bytes would
      // show as 1,600 in each.
      var least = Int.max
      for _ in 0..<10 {
        let before = heapBytesInUse()
        for _ in 0..<100 {
          try session.decode(token)
          token[0] = session.greedyToken(0)
        }
        least = min(least, heapBytesInUse() - before)
      }
      #expect(least < 1600)
    }
  }

  /// glibc's count of allocated bytes. `mallinfo2` is not in the Glibc module; it returns its ten words through a
  /// hidden pointer, which on x86-64 is the same as a first argument.
  private func heapBytesInUse() -> Int {
    typealias MallInfo2 = @convention(c) (UnsafeMutablePointer<Int>) -> UnsafeMutablePointer<Int>?
    let function = unsafeBitCast(dlsym(nil, "mallinfo2"), to: MallInfo2.self)
    return withUnsafeTemporaryAllocation(of: Int.self, capacity: 10) { words in
      _ = function(words.baseAddress!)
      return words[7]
    }
  }
#endif
