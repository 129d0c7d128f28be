import KernelInterface
import Tensor
import Testing

@testable import Transformer

@Suite("Golden checkpoints")
struct GoldenTests {
  /// Folders of fixtures with the number that each must hold at least.
  static let families = [
    "mpt": 40, "hf-mpt": 3, "llama": 23, "mistral": 4, "qwen2": 4, "qwen3": 5, "falcon": 15, "gpt-neox": 12, "gpt2": 13,
  ]
  static let all = families.keys.sorted().flatMap { Golden.all($0) } + Golden.additional
  static let unequal = all.filter { !$0.unequalPrompts.isEmpty }

  @Test("the fixtures are there", arguments: families.sorted { $0.key < $1.key })
  func fixturesExist(family: String, count: Int) {
    #expect(Golden.all(family).count >= count)
  }

  @Test("fp32 logits and 24 greedy tokens are those of the Python original", arguments: all)
  func agreesWithOriginal(_ golden: Golden) throws {
    let workers = Workers(threads: 2, kernels: InstructionSet.available[0])
    let model = try golden.model(workers: workers)
    let length = golden.prompts.map(\.count).max()! + golden.greedy[0].count
    for batch in [[0], Array(golden.prompts.indices)] {
      let session = try Session(
        model: model, workers: workers, batchSize: batch.count, capacity: length, cacheDType: .fp32)
      let prompts = batch.map { golden.prompts[$0] }
      try session.prefill(prompts)
      for (sequence, index) in batch.enumerated() {
        let difference = relativeDifference(Array(session.logits(sequence)), golden.logits[index])
        #expect(difference <= 2e-4, "prompt \(index) in a batch of \(batch.count)")
      }
      session.reset()
      let tokens = try continueGreedily(session, prompts, count: golden.greedy[0].count)
      #expect(tokens == batch.map { golden.greedy[$0] })
      for (sequence, index) in batch.enumerated() {
        let difference = relativeDifference(Array(session.logits(sequence)), golden.finalLogits[index])
        #expect(difference <= 2e-4, "the last token of prompt \(index) in a batch of \(batch.count)")
      }
    }
  }

  @Test("processing the whole sequence again for each token gives the original's tokens", arguments: all)
  func withoutCache(_ golden: Golden) throws {
    if golden.cachedOnly { return }
    let workers = Workers(threads: 2, kernels: InstructionSet.available[0])
    let model = try golden.model(workers: workers)
    let length = golden.prompts[0].count + golden.greedy[0].count
    let session = try Session(
      model: model, workers: workers, batchSize: golden.prompts.count, capacity: length, cacheDType: .fp32)
    #expect(try continueWithoutCache(session, golden.prompts, count: golden.greedy[0].count) == golden.greedy)
  }

  @Test("prompts of different lengths give the tokens that the original gives each", arguments: unequal)
  func unequalPrompts(_ golden: Golden) throws {
    let workers = Workers(threads: 2, kernels: InstructionSet.available[0])
    let model = try golden.model(workers: workers)
    let count = golden.unequalGreedy[0].count
    let length = golden.unequalPrompts.map(\.count).max()! + count
    let session = try Session(
      model: model, workers: workers, batchSize: golden.unequalPrompts.count, capacity: length, cacheDType: .fp32)
    #expect(try continueGreedily(session, golden.unequalPrompts, count: count) == golden.unequalGreedy)
    #expect(session.lengths == golden.unequalPrompts.map { $0.count + count - 1 })
    if golden.cachedOnly { return }
    #expect(try continueWithoutCache(session, golden.unequalPrompts, count: count) == golden.unequalGreedy)
  }
}
