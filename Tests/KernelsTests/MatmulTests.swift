import KernelInterface
import TestSupport
import Testing

/// A kernel and the layouts and roundings of its operands.
struct MatmulCase: Sendable, CustomTestStringConvertible {
  let kernels: KernelSet
  let name: String
  let panel: MatmulKernels.Panel
  let packPanel: ConversionKernels.PackPanel
  let packRows: ConversionKernels.PackRowBlock
  let weightBytes: Int
  let activationBytes: Int
  /// A weight as its dtype holds it.
  let weight: @Sendable (Float) -> Float
  let activation: @Sendable (Float) -> Float

  var testDescription: String { "\(kernels.name) \(name)" }

  static let all: [MatmulCase] = sets.flatMap { kernels in
    let matmul = kernels.matmul
    let conversion = kernels.conversion
    let toBF16: @Sendable (Float) -> Float = { widenBF16(nearestBF16($0)) }
    var cases = [
      MatmulCase(
        kernels: kernels, name: "fp32", panel: matmul.fp32, packPanel: conversion.packPanelFP32,
        packRows: conversion.packRowBlockFP32, weightBytes: 4, activationBytes: 4, weight: { $0 }, activation: { $0 }),
      MatmulCase(
        kernels: kernels, name: "bf16", panel: matmul.bf16, packPanel: conversion.packPanelBF16,
        packRows: conversion.packRowBlockFP32, weightBytes: 2, activationBytes: 4, weight: toBF16, activation: { $0 }),
      MatmulCase(
        kernels: kernels, name: "fp16", panel: matmul.fp16, packPanel: conversion.packPanelFP16,
        packRows: conversion.packRowBlockFP32, weightBytes: 2, activationBytes: 4,
        weight: { widenFP16(nearestFP16($0)) }, activation: { $0 }),
    ]
    if let pairs = matmul.bf16Pairs, let packRows = conversion.packRowBlockBF16 {
      cases.append(
        MatmulCase(
          kernels: kernels, name: "bf16 pairs", panel: pairs, packPanel: conversion.packPanelBF16, packRows: packRows,
          weightBytes: 2, activationBytes: 2, weight: toBF16, activation: toBF16))
    }
    return cases
  }
}

@Suite("Matrix products")
struct MatmulTests {
  static let mostRows = 48

  @Test("a panel product agrees with the naive product for 1 to 30 rows and more", arguments: MatmulCase.all)
  func rows(test: MatmulCase) {
    for depth in [1, 2, 3, 31, 33, 257] {
      let operands = Operands(test, depth: depth, columns: test.kernels.panelWidth - depth % 4)
      for rows in Array(1...30) + [31, 36, 37, 47, 48] {
        let result = operands.multiply(rows: rows, ranges: [0..<operands.paddedDepth], accumulate: false)
        #expect(operands.firstError(result, rows: rows, addends: depth) == nil, "\(rows) rows, depth \(depth)")
      }
    }
  }

  @Test("parts of the depth add up to the whole", arguments: MatmulCase.all)
  func partialDepth(test: MatmulCase) {
    for (depth, borders) in [(3, [0, 2, 4]), (33, [0, 2, 8, 34]), (64, [0, 62, 64]), (257, [0, 128, 130, 258])] {
      let operands = Operands(test, depth: depth, columns: test.kernels.panelWidth)
      let ranges = zip(borders, borders.dropFirst()).map { $0..<$1 }
      for rows in [1, 2, 3, 5, 6, 7, 12, 13, 25] {
        let result = operands.multiply(rows: rows, ranges: ranges, accumulate: false)
        let addends = depth + ranges.count
        #expect(operands.firstError(result, rows: rows, addends: addends) == nil, "\(rows) rows, depth \(depth)")
      }
    }
  }

  @Test("accumulation adds to what is there", arguments: MatmulCase.all)
  func accumulation(test: MatmulCase) {
    let operands = Operands(test, depth: 33, columns: test.kernels.panelWidth)
    for rows in [1, 4, 12, 17] {
      let result = operands.multiply(rows: rows, ranges: [0..<34], accumulate: true)
      #expect(operands.firstError(result, rows: rows, addends: 34, start: 0.5) == nil, "\(rows) rows")
    }
  }

  @Test("products of small integers are exact", arguments: MatmulCase.all)
  func integers(test: MatmulCase) {
    let operands = Operands(test, depth: 129, columns: test.kernels.panelWidth) { Float(Int($0.next() % 17) - 8) }
    for rows in 1...25 {
      let result = operands.multiply(rows: rows, ranges: [0..<130], accumulate: false)
      let exact = (0..<rows * operands.width).allSatisfy {
        Double(result[$0 / operands.width * operands.stride + $0 % operands.width]) == operands.exact[$0]
      }
      #expect(exact, "\(rows) rows")
    }
  }
}

/// Packed operands of one shape, with the exact products of as many rows as any test asks for.
private struct Operands {
  let test: MatmulCase
  let depth: Int
  let width: Int
  let stride: Int
  let x: [Float]
  let panel: GuardedBuffer<UInt8>
  /// [rows][width]
  var exact: [Double]
  /// Σ|a·b|, [rows][width]
  var magnitude: [Double]

  var paddedDepth: Int { (depth + 1) & ~1 }

  init(
    _ test: MatmulCase, depth: Int, columns: Int, _ next: (inout TestRandom) -> Float = { $0.signed() }
  ) {
    var random = TestRandom(UInt64(depth))
    let rows = MatmulTests.mostRows
    self.test = test
    self.depth = depth
    width = test.kernels.panelWidth
    stride = width + 3
    x = (0..<rows * depth).map { _ in next(&random) }
    let weights = GuardedBuffer((0..<columns * depth).map { _ in next(&random) })
    panel = GuardedBuffer(count: (depth + 1) / 2 * 2 * width * test.weightBytes, repeating: 0xff)
    test.packPanel(weights.base, columns, depth, depth, panel.base)
    exact = [Double](repeating: 0, count: rows * width)
    magnitude = exact
    let a = x.map { Double(test.activation($0)) }
    let b = weights.array.map { Double(test.weight($0)) }
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
            exact[row * width + column] = sum
            magnitude[row * width + column] = size
          }
        }
      }
    }
  }

  /// C of `rows` rows, [rows][stride]; it starts as 0.5 where the first range accumulates and as NaN where not.
  func multiply(rows: Int, ranges: [Range<Int>], accumulate: Bool) -> GuardedBuffer<Float> {
    let packed = GuardedBuffer<UInt8>(count: rows * paddedDepth * test.activationBytes, repeating: 0xff)
    let source = GuardedBuffer(Array(x.prefix(rows * depth)))
    for block in rowBlocks(rows, test.kernels) {
      test.packRows(
        source.base + block.lowerBound * depth, block.count, depth, depth,
        packed.base + block.lowerBound * paddedDepth * test.activationBytes)
    }
    let c = GuardedBuffer<Float>(count: (rows - 1) * stride + width, repeating: accumulate ? 0.5 : .nan)
    for (index, range) in ranges.enumerated() {
      test.panel(
        packed.base, rows, paddedDepth, range.lowerBound, range.count,
        panel.base + range.lowerBound * width * test.weightBytes, c.base, stride, accumulate || index > 0,
        range.count * 64, index + 1 < ranges.count ? range.upperBound : 0)
    }
    return c
  }

  /// The first element that is off by more than a sum of `addends` products may be, or was written beside the result.
  func firstError(_ c: GuardedBuffer<Float>, rows: Int, addends: Int, start: Double = 0) -> String? {
    let untouched: Float = start == 0 ? .nan : Float(start)
    for index in 0..<c.count {
      let (row, column) = (index / stride, index % stride)
      guard column < width else {
        if c[index].bitPattern != untouched.bitPattern { return "row \(row): column \(column) was written" }
        continue
      }
      let expected = exact[row * width + column] + start
      let bound = Tolerance.sum(terms: addends, magnitude: magnitude[row * width + column] + start)
      if !(abs(Double(c[index]) - expected) <= bound) {
        return "row \(row), column \(column): \(c[index]) instead of \(expected) ± \(bound)"
      }
    }
    return nil
  }
}
