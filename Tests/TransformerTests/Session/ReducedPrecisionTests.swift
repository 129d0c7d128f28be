import KernelInterface
import Tensor
import Testing

@testable import Transformer

@Suite("bf16 and fp16 weights")
struct ReducedPrecisionTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let golden: Golden
    let dtype: DType
    let isa: String
    var testDescription: String { "\(golden.testDescription) \(dtype) \(isa)" }
  }

  static let cases: [Case] = ["learned-positions", "alibi", "mptglu", "gqa", "no-bias", "qk-ln"].flatMap { name in
    [DType.bf16, .fp16].flatMap { dtype in
      InstructionSet.available.map {
        Case(golden: try! Golden("\(Golden.root)/mpt/\(name)"), dtype: dtype, isa: $0.name)
      }
    }
  }

  @Test("agree with fp32 arithmetic on the same rounded weights", arguments: cases)
  func agreesWithRounded(_ test: Case) throws {
    let kernels = try InstructionSet.select(test.isa)
    let workers = Workers(threads: 2, kernels: kernels)
    let checkpoint = try CheckpointFolder(test.golden.checkpoint)
    let configuration = try checkpoint.modelConfiguration()
    let rounded = RoundedWeights(source: checkpoint, dtype: test.dtype, kernels: kernels)
    let exact = try Model(
      configuration: configuration, source: rounded, dtype: .fp32, kernels: kernels, workers: workers)
    let model = try test.golden.model(dtype: test.dtype, kernels: kernels, workers: workers)
    #expect(model.weightBytes < exact.weightBytes * 3 / 4)
    let prompts = test.golden.prompts
    let reference = try Session(model: exact, workers: workers, batchSize: 3, capacity: 64, cacheDType: .fp32)
    let session = try Session(model: model, workers: workers, batchSize: 3, capacity: 64, cacheDType: test.dtype)
    try reference.prefill(prompts)
    try session.prefill(prompts)
    for sequence in prompts.indices {
      let difference = relativeDifference(Array(session.logits(sequence)), Array(reference.logits(sequence)))
      #expect(difference <= 2e-2)
      #expect(difference > 0, "rounded activations or cache entries change something")
    }
    // One more token, through the decode kernels.
    let next = prompts.indices.map { reference.greedyToken($0) }
    try reference.decode(next)
    try session.decode(next)
    for sequence in prompts.indices {
      #expect(relativeDifference(Array(session.logits(sequence)), Array(reference.logits(sequence))) <= 2e-2)
    }
  }

  @Test("fp32 arithmetic on bf16 weights and an fp32 cache is exact to rounding")
  func widened() throws {
    let golden = try Golden("\(Golden.root)/mpt/bf16-weights")
    let workers = Workers(threads: 2, kernels: InstructionSet.available[0])
    let model = try golden.model(dtype: .bf16, arithmetic: .fp32, workers: workers)
    let session = try Session(model: model, workers: workers, batchSize: 3, capacity: 64, cacheDType: .fp32)
    try session.prefill(golden.prompts)
    for sequence in golden.prompts.indices {
      #expect(relativeDifference(Array(session.logits(sequence)), golden.logits[sequence]) <= 2e-4)
    }
  }
}

/// Another source's weights, rounded to a dtype and back.
struct RoundedWeights: WeightSource {
  let source: any WeightSource
  let dtype: DType
  let kernels: KernelSet

  func shape(of name: String) -> [Int]? { source.shape(of: name) }

  func read(_ name: String, rows: Range<Int>, into destination: UnsafeMutablePointer<Float>) {
    source.read(name, rows: rows, into: destination)
    let count = rows.count * source.shape(of: name)!.dropFirst().reduce(1, *)
    withUnsafeTemporaryAllocation(of: UInt16.self, capacity: count) { halves in
      if dtype == .bf16 {
        kernels.conversion.bf16FromFP32(destination, halves.baseAddress!, count)
        kernels.conversion.fp32FromBF16(halves.baseAddress!, destination, count)
      } else {
        kernels.conversion.fp16FromFP32(destination, halves.baseAddress!, count)
        kernels.conversion.fp32FromFP16(halves.baseAddress!, destination, count)
      }
    }
  }

  func release(_ name: String) { source.release(name) }
}
