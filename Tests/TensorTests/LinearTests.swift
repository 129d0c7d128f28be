import Foundation
import KernelInterface
import Tensor
import TestSupport
import Testing

/// A set of kernels, a dtype of weights and a dtype of products.
struct LinearCase: Sendable, CustomTestStringConvertible {
  let kernels: KernelSet
  let dtype: DType
  let arithmetic: DType

  var testDescription: String { "\(kernels.name) \(dtype), \(arithmetic) products" }

  static let all: [LinearCase] = InstructionSet.available.flatMap { kernels in
    [(DType.fp32, DType.fp32), (.fp16, .fp32), (.bf16, .fp32), (.bf16, .bf16)].map {
      LinearCase(kernels: kernels, dtype: $0.0, arithmetic: $0.1)
    }
  }

  func weight(_ x: Float) -> Float {
    switch dtype {
    case .fp32: x
    case .bf16: widenBF16(nearestBF16(x))
    case .fp16: widenFP16(nearestFP16(x))
    }
  }

  /// Activations are rounded where the hardware multiplies bf16 pairs.
  func activation(_ x: Float) -> Float {
    arithmetic == .bf16 && kernels.matmul.bf16Pairs != nil ? widenBF16(nearestBF16(x)) : x
  }
}

// One case at a time, because all use the same teams and a team runs one region at a time.
@Suite("Packed products", .serialized)
struct LinearTests {
  static let teams = [1, 2, 3].map {
    Workers(threads: $0, pinned: false, kernels: InstructionSet.available[0])
  }

  @Test("packed weights come back as their dtype holds them", arguments: LinearCase.all)
  func unpacking(test: LinearCase) throws {
    for (columns, depth) in [(1, 1), (33, 7), (64, 20), (71, 65)] {
      let operands = try Operands(test, columns: columns, depth: depth, rows: 1)
      let row = GuardedBuffer<Float>(count: depth, repeating: .nan)
      for column in 0..<columns {
        operands.matrix.unpack(row: column, kernels: test.kernels, into: row.base)
        let right = (0..<depth).allSatisfy { row[$0] == test.weight(operands.weights[column * depth + $0]) }
        #expect(right, "row \(column) of \(columns) x \(depth)")
      }
    }
  }

  @Test("sizes in bytes are those of the padded shape", arguments: LinearCase.all)
  func sizes(test: LinearCase) throws {
    for (columns, depth) in [(1, 1), (33, 7), (64, 20)] {
      let operands = try Operands(test, columns: columns, depth: depth, rows: 1)
      let matrix = operands.matrix
      #expect(matrix.paddedColumns % test.kernels.panelWidth == 0 && matrix.paddedColumns >= columns)
      #expect(matrix.paddedColumns - columns < test.kernels.panelWidth)
      #expect(matrix.byteCount == matrix.paddedColumns * (depth + depth % 2) * test.dtype.byteCount)
      let expected = PackedMatrix.byteCount(
        columns: columns, depth: depth, dtype: test.dtype, panelWidth: test.kernels.panelWidth)
      #expect(matrix.byteCount == expected)
    }
  }

  @Test(
    "1 to 70 rows, about 192 and 400 agree with the naive product, for 1, 2 and 3 workers", arguments: LinearCase.all)
  func rows(test: LinearCase) throws {
    let operands = try Operands(test, columns: 45, depth: 19, rows: 400)
    for rows in Array(1...70) + Array(191...200) + [400] {
      let team = LinearTests.teams[rows % LinearTests.teams.count]
      #expect(try operands.firstError(rows: rows, on: team) == nil, "\(rows) rows")
    }
  }

  @Test("odd shapes agree, deeper than one step and wider than one group of panels", arguments: LinearCase.all)
  func shapes(test: LinearCase) throws {
    // The depth of one step is at most 32 KB / (8 columns · 2 bytes); 1, 13 and 27 panels and fewer columns.
    let width = test.kernels.panelWidth
    for (columns, depth) in [
      (1, 1), (2, 3), (width - 1, 31), (width + 1, 33), (13 * width - 3, 9), (27 * width + 5, 6), (2, 2051),
      (5, 4099),
    ] {
      let operands = try Operands(test, columns: columns, depth: depth, rows: 14)
      for team in LinearTests.teams {
        for rows in [1, 3, 14] {
          #expect(
            try operands.firstError(rows: rows, on: team) == nil,
            "\(columns) columns, depth \(depth), \(rows) rows, \(team.count) workers")
        }
      }
    }
  }

  @Test("bias, epilogues and accumulation apply once to every element", arguments: LinearCase.all)
  func epilogues(test: LinearCase) throws {
    let operands = try Operands(test, columns: 51, depth: 21, rows: 30)
    let double: ElementwiseKernels.Map = { x, count in for index in 0..<count { x[index] = 2 * x[index] + 1 } }
    for team in LinearTests.teams {
      for rows in [1, 5, 30] {
        for bias in [false, true] {
          for accumulate in [false, true] {
            #expect(
              try operands.firstError(rows: rows, on: team, bias: bias, accumulate: accumulate) == nil)
            #expect(
              try operands.firstError(
                rows: rows, on: team, bias: bias, accumulate: accumulate, epilogue: .map(double),
                meaning: { 2 * $0 + 1 }, slope: 2) == nil)
            #expect(
              try operands.firstError(
                rows: rows, on: team, bias: bias, accumulate: accumulate, epilogue: .clamp(0.75),
                meaning: { min(max($0, -0.75), 0.75) }) == nil)
          }
        }
      }
    }
  }

  @Test("rows in memory are packed as those that are computed", arguments: LinearCase.all)
  func packing(test: LinearCase) throws {
    for depth in [1, 31, 32, 33, 64, 130, 200] {
      let operands = try Operands(test, columns: 1, depth: depth, rows: 30)
      for rows in [1, 4, 7, 8, 14, 30] {
        for team in LinearTests.teams {
          let computed = operands.packed(rows: rows, on: team, fromMemory: false)
          #expect(
            operands.packed(rows: rows, on: team, fromMemory: true) == computed,
            "\(rows) rows of \(depth), \(team.count) workers")
        }
      }
    }
  }

  @Test("the number of workers changes no bit", arguments: LinearCase.all)
  func determinism(test: LinearCase) throws {
    let operands = try Operands(test, columns: 77, depth: 130, rows: 25)
    for rows in [1, 8, 25] {
      let results = try LinearTests.teams.map { try operands.product(rows: rows, on: $0).array.map(\.bitPattern) }
      #expect(results.allSatisfy { $0 == results[0] }, "\(rows) rows")
    }
  }
}

/// Weights, activations and their exact product.
private final class Operands {
  let test: LinearCase
  let columns: Int
  let depth: Int
  let weights: [Float]
  let x: [Float]
  let bias: GuardedBuffer<Float>
  let matrix: PackedMatrix
  private let storage: Storage
  /// [rows][columns]
  private var exact: [Double]
  private var magnitude: [Double]

  init(_ test: LinearCase, columns: Int, depth: Int, rows: Int) throws {
    var random = TestRandom(UInt64(columns * 10_007 + depth))
    self.test = test
    self.columns = columns
    self.depth = depth
    weights = random.signed(columns * depth)
    x = random.signed(rows * depth)
    bias = GuardedBuffer(random.signed(columns))
    let width = test.kernels.panelWidth
    storage = try Storage(
      byteCount: PackedMatrix.byteCount(columns: columns, depth: depth, dtype: test.dtype, panelWidth: width),
      hugePages: false)
    matrix = PackedMatrix(
      dtype: test.dtype, arithmetic: test.arithmetic, columns: columns, depth: depth, panelWidth: width,
      base: storage.base)
    for panel in 0..<matrix.panelCount {
      let count = min(width, columns - panel * width)
      let part = GuardedBuffer(Array(weights[panel * width * depth..<(panel * width + count) * depth]))
      matrix.pack(panel: panel, part.base, rows: count, kernels: test.kernels)
    }
    exact = [Double](repeating: 0, count: rows * columns)
    magnitude = exact
    let a = x.map { Double(test.activation($0)) }
    let b = weights.map { Double(test.weight($0)) }
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        for row in 0..<rows {
          for column in 0..<columns {
            var sum = 0.0
            var size = 0.0
            var k = 0
            while k < depth {
              let product = a[row &* depth &+ k] * b[column &* depth &+ k]
              sum += product
              size += abs(product)
              k &+= 1
            }
            exact[row * columns + column] = sum
            magnitude[row * columns + column] = size
          }
        }
      }
    }
  }

  /// All bytes of the packed activations. Those that are not written are 0xff.
  func packed(rows: Int, on workers: Workers, fromMemory: Bool) -> [UInt8] {
    let packed = GuardedBuffer<UInt8>(count: PackedActivations.byteCount(rows: rows, depth: depth), repeating: 0xff)
    let activations = PackedActivations(base: packed.base)
    let scratch = (0..<workers.count).map { _ in
      GuardedBuffer<Float>(count: test.kernels.maximumTileRows * depth, repeating: .nan)
    }
    let stride = depth + 3
    let source = GuardedBuffer<Float>(count: (rows - 1) * stride + depth, repeating: .nan)
    // Halves, which the preparation makes whole.
    for row in 0..<rows { for k in 0..<depth { source[row * stride + k] = x[row * depth + k] / 2 } }
    workers.run { worker in
      if fromMemory {
        activations.pack(worker, test.kernels, rows: rows, for: matrix, from: source.base, stride: stride) {
          row, columns in
          for k in columns { source.base[row * stride + k] *= 2 }
        }
      } else {
        activations.pack(worker, test.kernels, rows: rows, for: matrix, scratch: scratch[worker.index].base) {
          row, target in
          for k in 0..<depth { target[k] = x[row * depth + k] }
        }
      }
    }
    return packed.array
  }

  /// [rows][padded columns + 5]; starts as 0.25 where it accumulates and as NaN where not.
  func product(
    rows: Int, on workers: Workers, bias hasBias: Bool = false, accumulate: Bool = false,
    epilogue: Linear.Epilogue = .none
  ) throws -> GuardedBuffer<Float> {
    let kernels = test.kernels
    let linear = Linear(weights: matrix, bias: hasBias ? UnsafePointer(bias.base) : nil)
    let stride = matrix.paddedColumns + 5
    let out = GuardedBuffer<Float>(
      count: (rows - 1) * stride + matrix.paddedColumns, repeating: accumulate ? 0.25 : .nan)
    let packed = GuardedBuffer<UInt8>(count: PackedActivations.byteCount(rows: rows, depth: depth), repeating: 0xff)
    let activations = PackedActivations(base: packed.base)
    let scratch = (0..<workers.count).map { _ in
      GuardedBuffer<Float>(count: kernels.maximumTileRows * depth, repeating: .nan)
    }
    workers.run { worker in
      activations.pack(worker, kernels, rows: rows, for: matrix, scratch: scratch[worker.index].base) { row, target in
        for k in 0..<depth { target[k] = x[row * depth + k] }
      }
      worker.barrier()
      linear.apply(
        worker, kernels, activations, rows: rows, out: out.base, outStride: stride, accumulate: accumulate,
        epilogue: epilogue)
    }
    return out
  }

  /// - meaning: what the epilogue does; slope: by how much it enlarges an error.
  func firstError(
    rows: Int, on workers: Workers, bias hasBias: Bool = false, accumulate: Bool = false,
    epilogue: Linear.Epilogue = .none, meaning: (Double) -> Double = { $0 }, slope: Double = 1
  ) throws -> String? {
    let out = try product(rows: rows, on: workers, bias: hasBias, accumulate: accumulate, epilogue: epilogue)
    let stride = matrix.paddedColumns + 5
    for row in 0..<rows {
      for column in 0..<columns {
        let added = (hasBias ? Double(bias[column]) : 0) + (accumulate ? 0.25 : 0)
        let expected = meaning(exact[row * columns + column] + added)
        // Each part of the depth is added in memory: one more rounding for every two steps would be the most.
        let bound =
          slope
          * Tolerance.sum(terms: depth + depth / 2 + 4, magnitude: magnitude[row * columns + column] + abs(added) + 1)
        let got = out[row * stride + column]
        if !(abs(Double(got) - expected) <= bound) {
          return "row \(row), column \(column): \(got) instead of \(expected) ± \(bound)"
        }
      }
    }
    return nil
  }
}
