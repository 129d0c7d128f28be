import Foundation
import KernelInterface
import TestSupport
import Testing

@Suite("Softmax and the search for the largest")
struct SoftmaxTests {
  @Test("softmax agrees with its definition for every short count and for long rows", arguments: sets)
  func softmax(kernels: KernelSet) {
    var random = TestRandom(10)
    for count in Array(1...70) + [255, 1031] {
      for scale in [Float(1), 20, 1e4] {
        let x = random.signed(count, scale: scale)
        #expect(firstError(kernels, x) == nil, "\(count) values, scale \(scale)")
      }
    }
  }

  @Test("softmax keeps a hidden score at 0 and survives extreme ones", arguments: sets)
  func extremes(kernels: KernelSet) {
    let rows: [[Float]] = [
      [-.infinity, 0, 1, -.infinity, 2], [1e4, -1e4, 9999], [-1e4, -1e4 - 1], [3e38, -3e38, 0], [-0.0, 0],
      [Float](repeating: -1e4, count: 37) + [-.infinity], [87.5, 0, -0.5], [0, -87, -87.5, -103, -104, -200],
    ]
    for x in rows {
      #expect(firstError(kernels, x) == nil, "\(x)")
    }
  }

  @Test("a row without a finite maximum has no probabilities", arguments: sets)
  func undefined(kernels: KernelSet) {
    let ones = [Float](repeating: 1, count: 40)
    let rows: [[Float]] = [[.nan, 1, 2], [1, .infinity, 2], [-.infinity, -.infinity], ones + [.nan]]
    for x in rows {
      let row = GuardedBuffer(x)
      kernels.elementwise.softmax(row.base, row.count)
      #expect(row.array.contains { $0.isNaN }, "\(x)")
    }
  }

  @Test("the first largest element is found wherever it stands", arguments: sets)
  func maximum(kernels: KernelSet) {
    var random = TestRandom(11)
    for count in 1...70 {
      for position in 0..<count {
        var x = random.signed(count)
        x[position] = 2
        // A later equal one must not win.
        if position + 1 < count { x[count - 1] = 2 }
        let row = GuardedBuffer(x)
        #expect(kernels.elementwise.indexOfMaximum(row.base, count) == position)
      }
    }
  }

  @Test("the search ends at a valid index for rows without a largest number", arguments: sets)
  func maximumOfExtremes(kernels: KernelSet) {
    let rows: [([Float], Int)] = [
      ([Float](repeating: -.infinity, count: 37), 0), ([-.infinity, -3e38, -.infinity], 1), ([0, .infinity], 1),
      ([-0.0, 0], 0), ([Float](repeating: .nan, count: 19), 0), ([.nan, -5, .nan], 1),
      ([Float](repeating: -5, count: 33) + [-4], 33),
    ]
    for (x, expected) in rows {
      let row = GuardedBuffer(x)
      #expect(kernels.elementwise.indexOfMaximum(row.base, row.count) == expected, "\(x)")
    }
  }

  /// Relative error: |x − max| is rounded once and is the exponent, e is within 2 units in the last place, the sum of
  /// n positive terms adds n roundings and the division two.
  private func firstError(_ kernels: KernelSet, _ x: [Float]) -> String? {
    let row = GuardedBuffer(x)
    kernels.elementwise.softmax(row.base, row.count)
    let maximum = Double(x.max()!)
    let terms = x.map { exp(Double($0) - maximum) }
    let sum = terms.reduce(0, +)
    for index in x.indices {
      let expected = terms[index] / sum
      let distance = x[index].isInfinite ? 0 : min(104, maximum - Double(x[index]))
      let bound = (distance + Double(x.count) + 8) * Tolerance.unit * expected + 0x1p-125
      if !(abs(Double(row[index]) - expected) <= bound) {
        return "element \(index): \(row[index]) instead of \(expected) ± \(bound)"
      }
    }
    return nil
  }
}
