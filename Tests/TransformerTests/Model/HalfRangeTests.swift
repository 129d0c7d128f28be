import Tensor
import Testing

@testable import Transformer

@Suite("Weights beyond fp16")
struct HalfRangeTests {
  /// Random weights, but for one value.
  private struct Source: WeightSource {
    let weights: RandomWeights
    let tensor: String
    let value: Float

    func shape(of name: String) -> [Int]? { weights.shape(of: name) }

    func read(_ name: String, rows: Range<Int>, into destination: UnsafeMutablePointer<Float>) {
      weights.read(name, rows: rows, into: destination)
      if name == tensor, rows.contains(1) {
        destination[(1 - rows.lowerBound) * (shape(of: name)!.dropFirst().first ?? 1)] = value
      }
    }

    func release(_ name: String) {}
  }

  private func load(_ tensor: String, _ value: Float, _ dtype: DType, arithmetic: DType? = nil) throws {
    let configuration = ModelConfiguration(
      vocabularySize: 37, modelWidth: 24, layerCount: 2, headCount: 3, feedForwardWidth: 40, maximumSequenceLength: 16)
    let workers = Workers(threads: 2, kernels: InstructionSet.available[0])
    let weights = RandomWeights(configuration: configuration, seed: 3, standardDeviation: 0.3)
    _ = try Model(
      configuration: configuration, source: Source(weights: weights, tensor: tensor, value: value), dtype: dtype,
      arithmetic: arithmetic, kernels: InstructionSet.available[0], workers: workers)
  }

  static let tensors = [
    "transformer.wte.weight", "transformer.wpe.weight", "transformer.blocks.1.attn.Wqkv.weight",
    "transformer.blocks.0.ffn.up_proj.bias", "transformer.norm_f.weight",
  ]

  @Test(
    "a weight that fp16 would make infinite is an error that names its tensor", arguments: tensors, [70_000, -1e30])
  func refused(_ tensor: String, _ value: Float) throws {
    let error = #expect(throws: InputError.self) { try load(tensor, value, .fp16) }
    #expect(error?.path == [tensor])
    #expect(error?.cure != nil)
  }

  @Test("the largest half and what rounds to it are taken", arguments: [65504, -65519.99] as [Float])
  func largest(_ value: Float) throws { try load("transformer.wte.weight", value, .fp16) }

  @Test("other dtypes hold such a weight", arguments: [DType.fp32, .bf16])
  func others(_ dtype: DType) throws { try load("transformer.wte.weight", 70_000, dtype) }

  @Test("fp32 weights that are multiplied as fp16 are checked too")
  func arithmetic() {
    #expect(throws: InputError.self) {
      try load("transformer.blocks.1.attn.Wqkv.weight", 70_000, .fp32, arithmetic: .fp16)
    }
  }
}
