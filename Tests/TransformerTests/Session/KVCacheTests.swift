import KernelInterface
import Tensor
import Testing

@testable import Transformer

@Suite("The ring of the KV cache")
struct KVCacheTests {
  @Test("every span of positions is at most two runs that name each position's own slot")
  func runs() throws {
    for capacity in 1...7 {
      let cache = try KVCache(
        dtype: .fp32, layerCount: 1, sequenceCount: 1, headCount: 1, capacity: capacity, headDimension: 3)
      for first in 0..<3 * capacity {
        for count in 0...capacity {
          let (a, b) = cache.runs(of: first..<first + count)
          let slots = (0..<a.count).map { a.slot + $0 } + (0..<b.count).map { b.slot + $0 }
          #expect(slots == (first..<first + count).map { $0 % capacity })
          #expect(a.firstPosition == first && b.firstPosition == first + a.count)
          #expect((b.count == 0) == (first % capacity + count <= capacity))
        }
      }
    }
  }

  @Test("what is written for a position is read from its slot, in every dtype", arguments: DType.allCases)
  func roundTrip(_ dtype: DType) throws {
    let kernels = InstructionSet.available[0]
    let cache = try KVCache(
      dtype: dtype, layerCount: 2, sequenceCount: 3, headCount: 2, capacity: 5, headDimension: 7)
    #expect(cache.headStride == 16)
    #expect(cache.byteCount == 2 * 2 * 3 * 2 * 5 * 16 * dtype.byteCount)
    var row = (0..<7).map { Float($0) / 4 - 1 }
    for position in 0..<8 {
      row[0] = Float(position)
      cache.write(row, to: cache.keys(layer: 1, sequence: 2, head: 1), position: position, kernels)
      row[0] = -Float(position)
      cache.write(row, to: cache.values(layer: 1, sequence: 2, head: 1), position: position, kernels)
    }
    var out = [Float](repeating: .nan, count: 5 * 16)
    read(cache, cache.keys(layer: 1, sequence: 2, head: 1), into: &out, kernels)
    #expect((0..<5).map { out[$0 * 16] } == [5, 6, 7, 3, 4])
    #expect(Array(out[1..<7]) == Array(row[1...]))
    #expect(Array(out[7..<16]) == Array(repeating: 0, count: 9))
    read(cache, cache.values(layer: 1, sequence: 2, head: 1), into: &out, kernels)
    #expect((0..<5).map { out[$0 * 16] } == [-5, -6, -7, -3, -4])
    read(cache, cache.keys(layer: 1, sequence: 2, head: 0), into: &out, kernels)
    #expect(out.allSatisfy { $0 == 0 }, "a neighbour's rows are untouched")
  }

  /// All slots of a head as fp32.
  private func read(
    _ cache: KVCache, _ head: UnsafeMutableRawPointer, into out: inout [Float], _ kernels: KernelSet
  ) {
    switch cache.dtype {
    case .fp32: out.withUnsafeMutableBytes { $0.copyMemory(from: UnsafeRawBufferPointer(start: head, count: $0.count)) }
    case .bf16: kernels.conversion.fp32FromBF16(head.assumingMemoryBound(to: UInt16.self), &out, out.count)
    case .fp16: kernels.conversion.fp32FromFP16(head.assumingMemoryBound(to: UInt16.self), &out, out.count)
    }
  }

  @Test("a ring that slides gives the tokens of one that never wraps")
  func sliding() throws {
    let golden = try Golden("\(Golden.root)/mpt/sliding-window")
    let workers = Workers(threads: 2, kernels: InstructionSet.available[0])
    let model = try golden.model(workers: workers)
    let window = try #require(model.configuration.slidingWindow)
    for capacity in [window, window + 1, window + 5, 21, 64] {
      let session = try Session(
        model: model, workers: workers, batchSize: 3, capacity: capacity, cacheDType: .fp32)
      try session.prefill(golden.prompts)
      for (sequence, row) in golden.logits.enumerated() {
        #expect(relativeDifference(Array(session.logits(sequence)), row) <= 2e-4, "capacity \(capacity)")
      }
      session.reset()
      let tokens = try continueGreedily(session, golden.prompts, count: 24)
      #expect(tokens == golden.greedy, "capacity \(capacity)")
    }
  }

  @Test("the capacity for a length holds it, or the window and the largest pass")
  func capacity() throws {
    var configuration = try Golden("\(Golden.root)/mpt/sliding-window").configuration()
    configuration.slidingWindow = nil
    #expect(configuration.cacheCapacity(length: 40_000) == 40_000)
    configuration.slidingWindow = 4096
    #expect(configuration.cacheCapacity(length: 130) == 130)
    #expect(configuration.cacheCapacity(length: 4097) == 4097)
    #expect(configuration.cacheCapacity(length: 40_000) == 4608)
  }

  @Test("a window that does not fit, a full ring and ids outside the vocabulary are errors that name the numbers")
  func refusals() throws {
    let golden = try Golden("\(Golden.root)/mpt/sliding-window")
    let workers = Workers(threads: 1, kernels: InstructionSet.available[0])
    let model = try golden.model(workers: workers)
    let window = model.configuration.slidingWindow!
    let narrow = try Session(
      model: model, workers: workers, batchSize: 1, capacity: window - 1, cacheDType: .fp32)
    try narrow.prefill([Array(repeating: 1, count: window - 1)])
    #expect { try narrow.decode([1]) } throws: {
      "\($0)".contains("\(window - 1) slots") && "\($0)".contains("window of \(window)")
    }
    let plain = try Golden("\(Golden.root)/mpt/alibi").model(workers: workers)
    let session = try Session(model: plain, workers: workers, batchSize: 1, capacity: 4, cacheDType: .fp32)
    #expect { try session.prefill([[1, 2, 3, 4, 5]]) } throws: {
      "\($0)".contains("5 tokens") && "\($0)".contains("4 slots")
    }
    try session.prefill([[1, 2, 3, 4]])
    #expect { try session.decode([1]) } throws: { "\($0)".contains("5 tokens") }
    #expect(session.lengths == [4], "a refused token leaves the session as it was")
    session.reset()
    let size = plain.configuration.vocabularySize
    #expect { try session.prefill([[1, Int32(size)]]) } throws: { "\($0)".contains("\(size)") }
    #expect { try session.prefill([[-1]]) } throws: { "\($0)".contains("-1") }
  }
}
