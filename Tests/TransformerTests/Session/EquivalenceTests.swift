import KernelInterface
import Tensor
import Testing

@testable import Transformer

/// However a sequence is computed, its logits are the same up to rounding.
@Suite("Ways to compute the same logits")
struct EquivalenceTests {
  static let goldens = ["learned-positions", "alibi-six-heads", "rope-hf", "gqa", "mptglu", "sliding-window"].map {
    try! Golden("\(Golden.root)/mpt/\($0)")
  }

  /// Logits after each prompt in one prefill.
  static func reference(_ golden: Golden) throws -> [[Float]] {
    let workers = Workers(threads: 1, kernels: InstructionSet.available[0])
    let model = try golden.model(workers: workers)
    let session = try Session(model: model, workers: workers, batchSize: 1, capacity: 64, cacheDType: .fp32)
    return try golden.prompts.map { prompt in
      session.reset()
      try session.prefill([prompt])
      return Array(session.logits(0))
    }
  }

  @Test("token by token, in pieces and at once", arguments: goldens)
  func piecewise(_ golden: Golden) throws {
    let expected = try Self.reference(golden)
    let workers = Workers(threads: 2, kernels: InstructionSet.available[0])
    let model = try golden.model(workers: workers)
    let session = try Session(model: model, workers: workers, batchSize: 1, capacity: 64, cacheDType: .fp32)
    for (prompt, row) in zip(golden.prompts, expected) {
      session.reset()
      try session.prefill([Array(prompt.prefix(1))])
      for token in prompt.dropFirst() { try session.decode([token]) }
      #expect(relativeDifference(Array(session.logits(0)), row) <= 1e-5)
      for size in [2, 5, 20] {
        session.reset()
        for first in stride(from: 0, to: prompt.count, by: size) {
          try session.prefill([Array(prompt[first..<min(prompt.count, first + size)])])
        }
        #expect(relativeDifference(Array(session.logits(0)), row) <= 1e-5, "pieces of \(size)")
      }
    }
  }

  @Test("any number of threads", arguments: goldens, [1, 2, 3, 5])
  func threads(_ golden: Golden, _ count: Int) throws {
    let expected = try Self.reference(golden)
    let workers = Workers(threads: count, kernels: InstructionSet.available[0])
    let model = try golden.model(workers: workers)
    let session = try Session(model: model, workers: workers, batchSize: 3, capacity: 64, cacheDType: .fp32)
    try session.prefill(golden.prompts)
    for (sequence, row) in expected.enumerated() {
      #expect(relativeDifference(Array(session.logits(sequence)), row) <= 1e-5)
    }
  }

  @Test("a team of its own for decode, smaller or larger", arguments: goldens, [(3, 1), (1, 3)])
  func phaseTeams(_ golden: Golden, _ counts: (Int, Int)) throws {
    let prefill = Workers(threads: counts.0, kernels: InstructionSet.available[0])
    let decode = Workers(threads: counts.1, kernels: InstructionSet.available[0])
    let model = try golden.model(workers: prefill)
    let session = try Session(
      model: model, workers: prefill, decodeWorkers: decode, batchSize: 3, capacity: 64, cacheDType: .fp32)
    #expect(try continueGreedily(session, golden.prompts, count: golden.greedy[0].count) == golden.greedy)
  }

  @Test("every instruction set", arguments: goldens, InstructionSet.available.map(\.name))
  func instructionSets(_ golden: Golden, _ name: String) throws {
    let kernels = try InstructionSet.select(name)
    let workers = Workers(threads: 2, kernels: kernels)
    let model = try golden.model(kernels: kernels, workers: workers)
    let session = try Session(model: model, workers: workers, batchSize: 3, capacity: 64, cacheDType: .fp32)
    try session.prefill(golden.prompts)
    for (sequence, row) in golden.logits.enumerated() {
      #expect(relativeDifference(Array(session.logits(sequence)), row) <= 2e-4)
    }
    session.reset()
    #expect(try continueGreedily(session, golden.prompts, count: golden.greedy[0].count) == golden.greedy)
  }

  @Test("prompts of different lengths in one batch give the tokens of each alone", arguments: goldens)
  func unequalPrompts(_ golden: Golden) throws {
    let workers = Workers(threads: 2, kernels: InstructionSet.available[0])
    let model = try golden.model(workers: workers)
    let prompts = [3, 21, 10].enumerated().map { Array(golden.prompts[$0].prefix($1)) }
    let together = try Session(model: model, workers: workers, batchSize: 3, capacity: 64, cacheDType: .fp32)
    let tokens = try continueGreedily(together, prompts, count: 12)
    let alone = try Session(model: model, workers: workers, batchSize: 1, capacity: 64, cacheDType: .fp32)
    for (prompt, expected) in zip(prompts, tokens) {
      alone.reset()
      #expect(try continueGreedily(alone, [prompt], count: 12) == [expected])
    }
  }

  @Test("a prompt longer than a chunk, with a batch that fills several")
  func manyChunks() throws {
    let configuration = ModelConfiguration(
      vocabularySize: 97, modelWidth: 24, layerCount: 2, headCount: 3, feedForwardWidth: 40, maximumSequenceLength: 1300
    )
    let workers = Workers(threads: 2, kernels: InstructionSet.available[0])
    let source = RandomWeights(configuration: configuration, seed: 3, standardDeviation: 0.3)
    let model = try Model(
      configuration: configuration, source: source, dtype: .fp32, kernels: InstructionSet.available[0],
      workers: workers)
    let prompts = [1200, 5, 700].enumerated().map { index, count in
      (0..<count).map { Int32(($0 * 31 + index * 7 + $0 * $0) % 96) }
    }
    let together = try Session(model: model, workers: workers, batchSize: 3, capacity: 1300, cacheDType: .fp32)
    try together.prefill(prompts)
    let alone = try Session(model: model, workers: workers, batchSize: 1, capacity: 1300, cacheDType: .fp32)
    for (sequence, prompt) in prompts.enumerated() {
      alone.reset()
      try alone.prefill([Array(prompt.prefix(prompt.count - 1))])
      try alone.decode([prompt.last!])
      #expect(relativeDifference(Array(together.logits(sequence)), Array(alone.logits(0))) <= 1e-5)
    }
  }
}
