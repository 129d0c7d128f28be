import KernelInterface
import Tensor
import Testing

@testable import Transformer

@Suite("Random weights")
struct RandomWeightsTests {
  static let configuration = ModelConfiguration(
    vocabularySize: 211, modelWidth: 52, layerCount: 2, headCount: 4, feedForwardWidth: 104, maximumSequenceLength: 33)

  private func rows(_ source: RandomWeights, _ name: String, _ range: Range<Int>? = nil) -> [Float] {
    let shape = source.shape(of: name)!
    let range = range ?? 0..<shape[0]
    let columns = shape.dropFirst().reduce(1, *)
    return [Float](unsafeUninitializedCapacity: range.count * columns) { buffer, count in
      source.read(name, rows: range, into: buffer.baseAddress!)
      count = range.count * columns
    }
  }

  @Test("are normal(0, 0.02), norms are 1 and biases 0")
  func distribution() {
    let source = RandomWeights(configuration: Self.configuration, seed: 5, standardDeviation: 0.02)
    let values = rows(source, "transformer.wte.weight")
    let mean = values.reduce(0, +) / Float(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)
    // Standard errors of 10,972 deviates: 0.0002 of the mean, 0.7 % of the deviation.
    #expect(abs(mean) < 0.001)
    #expect(abs(variance.squareRoot() - 0.02) < 0.001)
    #expect(rows(source, "transformer.norm_f.weight").allSatisfy { $0 == 1 })
    #expect(rows(source, "transformer.blocks.1.ffn.up_proj.bias").allSatisfy { $0 == 0 })
  }

  @Test("depend on seed, tensor and row alone: any rows, any instruction set, the same bits")
  func independence() throws {
    let name = "transformer.blocks.1.ffn.down_proj.weight"
    let source = RandomWeights(configuration: Self.configuration, seed: 5, standardDeviation: 0.02)
    let all = rows(source, name)
    #expect(rows(source, name, 7..<19) == Array(all[7 * 104..<19 * 104]))
    for kernels in InstructionSet.available {
      let other = RandomWeights(
        configuration: Self.configuration, seed: 5, standardDeviation: 0.02, kernels: kernels)
      #expect(rows(other, name) == all, "\(kernels.name)")
    }
    #expect(rows(RandomWeights(configuration: Self.configuration, seed: 6, standardDeviation: 0.02), name) != all)
    #expect(rows(source, "transformer.blocks.0.ffn.down_proj.weight") != all)
  }

  @Test("packed by any number of threads they give the same logits to the last bit")
  func threads() throws {
    var seen: [[Float]] = []
    for threads in [1, 2, 4] {
      let kernels = InstructionSet.available[0]
      let loading = Workers(threads: threads, kernels: kernels)
      let model = try Model(
        configuration: Self.configuration,
        source: RandomWeights(configuration: Self.configuration, seed: 9, standardDeviation: 0.1), dtype: .bf16,
        kernels: kernels, workers: loading)
      #expect(model.parameterCount == Self.configuration.parameterCount)
      let running = Workers(threads: 1, kernels: kernels)
      let session = try Session(model: model, workers: running, batchSize: 1, capacity: 33, cacheDType: .bf16)
      try session.prefill([[3, 1, 4, 1, 5, 9, 2, 6]])
      seen.append(Array(session.logits(0)))
    }
    #expect(seen[0] == seen[1] && seen[1] == seen[2])
  }
}
