import KernelInterface
import Tensor
import Testing

@testable import Transformer

@Suite("Golden checkpoints as GGUF files")
struct GGUFGoldenTests {
  static let families = ["mpt", "hf-mpt", "llama", "mistral", "qwen2", "qwen3", "falcon", "gpt-neox", "gpt2"]
  static let all = families.flatMap { Golden.asGGUF($0) }

  private func firstLogits(_ golden: Golden, dtype: DType) throws -> [[Float]] {
    let workers = Workers(threads: 2, kernels: InstructionSet.available[0])
    let session = try Session(
      model: golden.model(dtype: dtype, workers: workers), workers: workers, batchSize: golden.prompts.count,
      capacity: golden.prompts[0].count, cacheDType: .fp32)
    try session.prefill(golden.prompts)
    return golden.prompts.indices.map { Array(session.logits($0)) }
  }

  @Test("the files are there")
  func filesExist() {
    #expect(Self.all.count >= 41)
  }

  @Test("fp32 logits and 24 greedy tokens are those of the Python original", arguments: all)
  func agreesWithOriginal(_ golden: Golden) throws {
    let workers = Workers(threads: 2, kernels: InstructionSet.available[0])
    let model = try golden.model(workers: workers)
    let session = try Session(
      model: model, workers: workers, batchSize: golden.prompts.count,
      capacity: golden.prompts[0].count + golden.greedy[0].count, cacheDType: .fp32)
    try session.prefill(golden.prompts)
    for index in golden.prompts.indices {
      #expect(relativeDifference(Array(session.logits(index)), golden.logits[index]) <= 2e-4, "prompt \(index)")
    }
    session.reset()
    #expect(try continueGreedily(session, golden.prompts, count: golden.greedy[0].count) == golden.greedy)
  }

  @Test(
    "logits are those of the same weights in Hugging Face's layout, bit by bit but for rounded rotations",
    arguments: all)
  func agreesWithFolder(_ golden: Golden) throws {
    let folder = try Golden(golden.expectations)
    for dtype in DType.allCases {
      let (stored, expected) = try (firstLogits(golden, dtype: dtype), firstLogits(folder, dtype: dtype))
      if golden.checkpoint.contains("llama3") || golden.checkpoint.contains("yarn") {
        // The file has this scaling's factors in single precision.
        for (a, b) in zip(stored, expected) { #expect(relativeDifference(a, b) < 1e-3, "\(dtype)") }
      } else {
        #expect(stored == expected, "\(dtype)")
      }
    }
  }

  @Test("the parameters are counted alike in both layouts", arguments: all)
  func countsAlike(_ golden: Golden) throws {
    let stored = try openCheckpoint(golden.checkpoint).modelConfiguration()
    let folder = try openCheckpoint(golden.expectations).modelConfiguration()
    #expect(stored.parameterCount == folder.parameterCount)
  }
}
