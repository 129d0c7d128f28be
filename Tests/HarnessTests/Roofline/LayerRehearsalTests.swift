import Tensor
import Testing
import Transformer

@testable import Harness

@Suite struct LayerRehearsalTests {
  private func rehearse(input: Int, output: Int, useCache: Bool = true) throws -> Rehearsal? {
    let configuration = ModelConfiguration(
      vocabularySize: 1000, modelWidth: 64, layerCount: 3, headCount: 2, feedForwardWidth: 256,
      maximumSequenceLength: 64)
    let rehearsal = LayerRehearsal(
      configuration: configuration, dtype: .bf16, arithmeticDType: .bf16, cacheDType: .bf16, weightDType: .bf16,
      productDType: .bf16, kernels: try InstructionSet.select(nil), threads: ThreadCount(1), hugePages: false)
    let trial = Trial(name: "t", batchSize: 2, inputLength: input, outputLength: output)
    return try rehearsal.run(trial, capacity: input + output, seed: 1, useCache: useCache)
  }

  @Test(
    "every part of both phases takes time, up to the last position of the model",
    arguments: [(5, 3), (20, 44), (63, 2)])
  func parts(input: Int, output: Int) throws {
    let times = try #require(try rehearse(input: input, output: output))
    for layer in [times.prefill, try #require(times.decode)] {
      for seconds in [layer.products, layer.attention, layer.rest, layer.once, layer.choice] {
        #expect(seconds > 0 && seconds < 10)
      }
    }
  }

  @Test("a trial without decode steps, or without a cache, has a prefill alone", arguments: [(1, true), (4, false)])
  func prefillAlone(output: Int, useCache: Bool) throws {
    let times = try #require(try rehearse(input: 5, output: output, useCache: useCache))
    #expect(times.decode == nil)
  }

  @Test("a profile's operations fall into the parts that they belong to, for each token") func attribution() throws {
    let costs = CostModel(
      configuration: FakeProvider().configuration, weightDType: .bf16, cacheDType: .bf16, productDType: .bf16)
    var profile = PhaseProfile()
    // Each operation takes a power of two, in seconds.
    var end: UInt64 = 0
    let steps = ForwardOperation.allCases.map { operation in
      end += (1 << UInt64(operation.rawValue)) * 1_000_000_000
      return ForwardProfile.Step(operation: operation, layer: operation.isOfLayer ? 0 : nil, workEnd: end, end: end)
    }
    var recorded = ForwardProfile()
    let shape = PassShape(rows: 1, logitRows: 1, visibleKeys: 1, keySlots: 1)
    recorded.passes = [.init(shape: shape, start: 0, steps: steps)]
    for _ in 0..<3 { profile.add(recorded, from: 0, to: end, costs: costs) }
    let times = try #require(LayerTimes(profile, choice: 0.5))
    func seconds(_ operations: ForwardOperation...) -> Double {
      operations.reduce(0) { $0 + Double(1 << Int($1.rawValue)) }
    }
    let parts = [
      (times.products, seconds(.queryKeyValue, .attentionOutput, .up, .down)), (times.attention, seconds(.attention)),
      (times.rest, seconds(.attentionNorm, .storeKeyValue, .packAttention, .feedForwardNorm, .packHidden)),
      (times.once, seconds(.embedding, .finalNorm)),
    ]
    for (found, expected) in parts { #expect(abs(found / expected - 1) < 1e-12) }
    #expect(times.choice == 0.5)
    #expect(LayerTimes(PhaseProfile(), choice: 0) == nil)
  }
}
