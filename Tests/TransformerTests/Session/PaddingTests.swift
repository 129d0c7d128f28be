import KernelInterface
import Tensor
import Testing

@testable import Transformer

/// A batch gives each prompt the tokens that it gets alone.
@Suite("Prompts of different lengths")
struct PaddingTests {
  /// Learned positions, rotary ones, ALiBi in both forms, dynamic scaling, windows.
  static let goldens = [
    "gpt2/plain", "llama/llama3", "llama/dynamic-long", "mpt/alibi-six-heads", "falcon/rw", "mistral/window",
    "mpt/learned-positions", "mpt/alibi-softcapping-window", "gpt-neox/sequential",
  ].map { try! Golden("\(Golden.root)/\($0)") }

  private static func prompts(_ golden: Golden) -> [[Int32]] {
    let longest = golden.prompts[0].count
    return [1, longest, 7, 2, 16, longest - 1].enumerated().map { index, length in
      Array(golden.prompts[index % golden.prompts.count].suffix(length))
    }
  }

  private static func alone(_ golden: Golden, _ model: Model, _ workers: Workers) throws -> [[Int32]] {
    let session = try Session(model: model, workers: workers, batchSize: 1, capacity: 64, cacheDType: .fp32)
    return try prompts(golden).map { prompt in
      session.reset()
      return try continueGreedily(session, [prompt], count: 12)[0]
    }
  }

  @Test("in any cache that is long enough, and without one", arguments: goldens)
  func batch(_ golden: Golden) throws {
    let workers = Workers(threads: 2, kernels: InstructionSet.available[0])
    let model = try golden.model(workers: workers)
    let expected = try Self.alone(golden, model, workers)
    let prompts = Self.prompts(golden)
    // With a window the smaller rings wrap, each sequence's elsewhere.
    let window = model.configuration.slidingWindow
    for capacity in [64, window.map { $0 + 1 }, window].compactMap({ $0 }) {
      let session = try Session(
        model: model, workers: workers, batchSize: prompts.count, capacity: capacity, cacheDType: .fp32)
      #expect(try continueGreedily(session, prompts, count: 12) == expected, "capacity \(capacity)")
      // Dynamic scaling leaves cached keys as they were turned, so that without a cache other tokens are right.
      if golden.cachedOnly { continue }
      session.reset()
      #expect(try continueWithoutCache(session, prompts, count: 12) == expected, "capacity \(capacity), no cache")
    }
  }

  @Test("padded rows with a mask are the prompts without padding, on either side", arguments: goldens)
  func padded(_ golden: Golden) throws {
    let workers = Workers(threads: 2, kernels: InstructionSet.available[0])
    let model = try golden.model(workers: workers)
    let prompts = Self.prompts(golden)
    let longest = prompts.map(\.count).max()!
    let session = try Session(
      model: model, workers: workers, batchSize: prompts.count, capacity: 64, cacheDType: .fp32)
    try session.prefill(prompts)
    let expected = prompts.indices.map { Array(session.logits($0)) }
    for padsLeft in [true, false] {
      // An id that is none: padding is not looked at.
      let padding = prompts.map { Array(repeating: Int32(-100), count: longest - $0.count) }
      let rows = zip(prompts, padding).map { padsLeft ? $1 + $0 : $0 + $1 }
      let masks = zip(prompts, padding).map { prompt, padding in
        let tokens = prompt.map { _ in true }
        return padsLeft ? padding.map { _ in false } + tokens : tokens + padding.map { _ in false }
      }
      session.reset()
      try session.prefill(padded: rows, attentionMask: masks)
      #expect(session.lengths == prompts.map(\.count))
      #expect(prompts.indices.map { Array(session.logits($0)) } == expected)
    }
  }

  @Test("a row of padding alone, and masks of another shape, are errors")
  func refusals() throws {
    let golden = Self.goldens[0]
    let workers = Workers(threads: 1, kernels: InstructionSet.available[0])
    let session = try Session(
      model: try golden.model(workers: workers), workers: workers, batchSize: 2, capacity: 8, cacheDType: .fp32)
    #expect {
      try session.prefill(padded: [[1, 2], [3, 4]], attentionMask: [[true, true], [false, false]])
    } throws: { "\($0)".contains("sequence 2 is empty") }
    #expect(throws: InputError.self) {
      try session.prefill(padded: [[1, 2], [3, 4]], attentionMask: [[true, true], [true]])
    }
    #expect(throws: InputError.self) { try session.prefill(padded: [[1, 2]], attentionMask: [[true, true]]) }
    #expect(throws: InputError.self) { try session.prefill([[1], []]) }
    #expect(session.lengths == [0, 0])
  }

  @Test("Falcon's biases are the original's, rounded as it rounds them, also at distant positions")
  func keyBiases() throws {
    let golden = try Golden("\(Golden.root)/falcon/alibi-multi-query")
    let workers = Workers(threads: 1, kernels: InstructionSet.available[0])
    let session = try Session(
      model: try golden.model(workers: workers), workers: workers, batchSize: 1, capacity: 1000, cacheDType: .fp32)
    // bf16 rounds 257 to 256 and 999 to 1000; heads of 4 elements scale by a half.
    let positions = [1, 3, 255, 257, 999]
    let expected: [[Float]] = [
      [0.25, 0.75, 63.75, 64, 250], [0.0625, 0.1875, 15.9375, 16, 62.5],
      [0.015625, 0.046875, 3.984375, 4, 15.625], [0.00390625, 0.01171875, 0.99609375, 1, 3.90625],
      [0.5, 1.5, 127.5, 128, 500], [0.125, 0.375, 31.875, 32, 125],
    ]
    for (head, row) in expected.enumerated() {
      let biases = session.floats(session.layout.keyBiases) + head * session.layout.keyBiasStride
      #expect(positions.map { biases[$0] } == row.map { $0 / 2 })
    }
  }
}
