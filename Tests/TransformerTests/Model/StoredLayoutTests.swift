import KernelInterface
import Tensor
import Testing

@testable import Transformer

/// Tensors in memory.
private final class TestSource: WeightSource {
  let tensors: [String: (shape: [Int], values: [Float])]

  init(_ tensors: [String: (shape: [Int], values: [Float])]) { self.tensors = tensors }

  func shape(of name: String) -> [Int]? { tensors[name]?.shape }
  func read(_ name: String, rows: Range<Int>, into destination: UnsafeMutablePointer<Float>) {
    let tensor = tensors[name]!
    let columns = tensor.shape.dropFirst().reduce(1, *)
    for (index, value) in tensor.values[rows.lowerBound * columns..<rows.upperBound * columns].enumerated() {
      destination[index] = value
    }
  }
  func release(_ name: String) {}
}

/// However a checkpoint stores a model, it computes the same.
@Suite("Layouts of stored weights")
struct StoredLayoutTests {
  /// Two key-value heads that two queries each read.
  private static var plain: ModelConfiguration {
    var configuration = ModelConfiguration(
      vocabularySize: 37, modelWidth: 24, layerCount: 2, headCount: 4, keyValueHeadCount: 2, feedForwardWidth: 40,
      maximumSequenceLength: 32)
    configuration.position = .rotary(.init(dimension: 6))
    return configuration
  }

  private static func values(_ configuration: ModelConfiguration) -> [String: (shape: [Int], values: [Float])] {
    let random = RandomWeights(configuration: configuration, seed: 3, standardDeviation: 0.3)
    return Dictionary(
      uniqueKeysWithValues: configuration.tensors.map { tensor in
        var values = [Float](repeating: 0, count: tensor.elementCount)
        random.read(tensor.name, rows: 0..<tensor.shape[0], into: &values)
        if tensor.shape.count == 1 { for index in values.indices { values[index] += Float(index % 7) * 0.1 } }
        return (tensor.name, (tensor.shape, values))
      })
  }

  private static func logits(_ configuration: ModelConfiguration, _ source: any WeightSource) throws -> [Float] {
    let workers = Workers(threads: 2, kernels: InstructionSet.available[0])
    let model = try Model(
      configuration: configuration, source: source, dtype: .fp32, kernels: InstructionSet.available[0],
      workers: workers)
    let session = try Session(model: model, workers: workers, batchSize: 1, capacity: 16, cacheDType: .fp32)
    try session.prefill([[1, 5, 9, 30, 2]])
    try session.decode([7])
    return Array(session.logits(0))
  }

  @Test("a fused projection in groups of heads is that in blocks, with its rows in another order")
  func groups() throws {
    var grouped = Self.plain
    grouped.fusedQKVOrder = .groups
    let blocks = Self.values(Self.plain)
    let head = Self.plain.headDimension
    // The block row of each row in groups: queries 0 and 1, key 0, value 0, queries 2 and 3, key 1, value 1.
    let order = [0, 1, 4, 6, 2, 3, 5, 7].flatMap { part in (0..<head).map { part * head + $0 } }
    let stored = blocks.mapValues { $0 }.reduce(into: [String: (shape: [Int], values: [Float])]()) { result, entry in
      var (shape, values) = entry.value
      if entry.key.contains("Wqkv") {
        let columns = shape.dropFirst().reduce(1, *)
        values = order.flatMap { values[$0 * columns..<($0 + 1) * columns] }
        shape = entry.value.shape
      }
      result[entry.key] = (shape, values)
    }
    let expected = try Self.logits(Self.plain, TestSource(blocks))
    #expect(try Self.logits(grouped, TestSource(stored)) == expected)
    #expect(try Self.logits(grouped, TestSource(blocks)) != expected, "the order matters")
  }

  @Test("linear layers stored inputs first are those stored outputs first, transposed")
  func transposed() throws {
    var configuration = Self.plain
    configuration.storesInputsFirst = true
    let plain = Self.values(Self.plain)
    var stored = plain
    for tensor in configuration.tensors where tensor.inputsFirst {
      let (shape, values) = plain[tensor.name]!
      #expect(tensor.shape == [shape[1], shape[0]])
      stored[tensor.name] = (
        tensor.shape,
        (0..<shape[1]).flatMap { column in (0..<shape[0]).map { row in values[row * shape[1] + column] } }
      )
    }
    #expect(stored.count { $0.value.shape != plain[$0.key]!.shape } == 2 * 4 - 2, "all but the square ones differ")
    #expect(try Self.logits(configuration, TestSource(stored)) == Self.logits(Self.plain, TestSource(plain)))
  }

  @Test("rotation of neighbours is rotation of halves with the elements of queries and keys in another order")
  func neighbours() throws {
    var configuration = Self.plain
    configuration.position = .rotary(.init(dimension: 6, pairing: .neighbours))
    let plain = Self.values(Self.plain)
    var stored = plain
    let head = Self.plain.headDimension
    for name in plain.keys where name.contains("Wqkv") {
      let (shape, values) = plain[name]!
      let columns = shape.dropFirst().reduce(1, *)
      // Pair i of a head moves from elements i and i + 3 to 2i and 2i + 1; values stay.
      let rows = (0..<shape[0]).map { row in
        row < 6 * head ? row / head * head + (row % head % 2) * (head / 2) + row % head / 2 : row
      }
      stored[name] = (shape, rows.flatMap { values[$0 * columns..<($0 + 1) * columns] })
    }
    let expected = try Self.logits(Self.plain, TestSource(plain))
    #expect(relativeDifference(try Self.logits(configuration, TestSource(stored)), expected) < 1e-6)
    #expect(relativeDifference(try Self.logits(configuration, TestSource(plain)), expected) > 1e-3)
  }

  @Test("columns of a checkpoint's tensor are those of its whole rows, also of an unaligned part")
  func columns() throws {
    let source = try CheckpointFolder("\(Golden.root)/gpt2/five-heads")
    let name = "transformer.h.1.attn.c_attn.weight"
    let whole = source.values(name)
    let width = source.shape(of: name)![1]
    var part = [Float](repeating: 0, count: 3 * 11)
    source.read(name, rows: 4..<7, columns: 17..<28, into: &part)
    #expect(part == (4..<7).flatMap { row in (17..<28).map { whole[row * width + $0] } })
    // The protocol's own way to do it.
    let copy = TestSource([name: ([whole.count / width, width], whole)])
    var other = [Float](repeating: 0, count: 3 * 11)
    copy.read(name, rows: 4..<7, columns: 17..<28, into: &other)
    #expect(other == part)
  }
}
