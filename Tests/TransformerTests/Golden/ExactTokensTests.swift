import KernelInterface
import Tensor
import Testing

@testable import Transformer

@Suite("A tiny model's exact tokens")
struct ExactTokensTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let kernels: KernelSet
    let dtype: DType
    var testDescription: String { "\(kernels.name) \(dtype.rawValue)" }
  }

  static let folder = "\(Golden.root)/exact"
  static let cases = InstructionSet.available.flatMap { kernels in
    DType.allCases.map { Case(kernels: kernels, dtype: $0) }
  }

  private func rows(_ key: String) throws -> [[Int32]] {
    let expected = try JSONParser.parse(contentsOf: "\(Self.folder)/expected.json")
    guard case .array(let rows)? = expected[key] else { return [] }
    return rows.map { row in
      guard case .array(let tokens) = row else { return [] }
      return tokens.compactMap { if case .integer(let token) = $0 { Int32(token) } else { nil } }
    }
  }

  @Test("greedy tokens are the same on every instruction set, with one thread and with two", arguments: cases)
  func tokens(_ test: Case) throws {
    let prompts = try rows("prompts")
    let expected = try rows(test.dtype.rawValue)
    #expect(expected.count == 3 && expected.allSatisfy { $0.count == 64 })
    let checkpoint = try CheckpointFolder("\(Self.folder)/model")
    let configuration = try checkpoint.modelConfiguration()
    for threads in [1, 2] {
      let workers = Workers(threads: threads, kernels: test.kernels)
      let model = try Model(
        configuration: configuration, source: checkpoint, dtype: test.dtype, kernels: test.kernels, workers: workers)
      for (prompt, tokens) in zip(prompts, expected) {
        let session = try Session(
          model: model, workers: workers, batchSize: 1, capacity: prompt.count + tokens.count, cacheDType: test.dtype)
        #expect(try continueGreedily(session, [prompt], count: tokens.count) == [tokens], "\(threads) threads")
      }
    }
  }
}
