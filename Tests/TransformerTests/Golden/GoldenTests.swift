import KernelInterface
import Tensor
import Testing

@testable import Transformer

@Suite("Golden checkpoints")
struct GoldenTests {
  static let all = Golden.all("mpt") + Golden.all("hf-mpt")

  @Test("the fixtures are there")
  func fixturesExist() {
    #expect(Golden.all("mpt").count >= 40)
    #expect(Golden.all("hf-mpt").count >= 2)
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
    }
  }
}
