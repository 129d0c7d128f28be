import Foundation
import KernelInterface
import TestSupport
import Testing

@Suite("Random normal deviates")
struct RandomTests {
  @Test("every instruction set gives the same bits")
  func sameBits() {
    for count in [1, 15, 16, 17, 31, 32, 33, 64, 1000, 4099] {
      let expected = deviates(sets[0], count).map(\.bitPattern)
      for kernels in sets.dropFirst() {
        #expect(deviates(kernels, count).map(\.bitPattern) == expected, "\(kernels.name), \(count)")
      }
    }
  }

  @Test("a deviate depends on its index alone, not on how many are asked for", arguments: sets)
  func prefix(kernels: KernelSet) {
    let long = deviates(kernels, 200)
    for count in 1..<200 { #expect(deviates(kernels, count) == Array(long.prefix(count))) }
  }

  @Test("the standard deviation scales and nothing else", arguments: sets)
  func scale(kernels: KernelSet) {
    let one = deviates(kernels, 333)
    let half = deviates(kernels, 333, deviation: 0.5)
    #expect(zip(one, half).allSatisfy { $0 * 0.5 == $1 })
    #expect(deviates(kernels, 333, deviation: 0).allSatisfy { $0 == 0 })
  }

  @Test("moments and tails are those of a normal distribution", arguments: sets)
  func moments(kernels: KernelSet) {
    let count = 1 << 18
    let n = Double(count)
    let z = deviates(kernels, count).map(Double.init)
    let mean = z.reduce(0, +) / n
    let variance = z.reduce(0) { $0 + $1 * $1 } / n
    let skewness = z.reduce(0) { $0 + $1 * $1 * $1 } / n
    let kurtosis = z.reduce(0) { $0 + $1 * $1 * $1 * $1 } / n
    // Five standard errors of each estimate: 1, √2, √15 and √96 over √n.
    #expect(abs(mean) < 5 / n.squareRoot())
    #expect(abs(variance - 1) < 5 * (2 / n).squareRoot())
    #expect(abs(skewness) < 5 * (15 / n).squareRoot())
    #expect(abs(kurtosis - 3) < 5 * (96 / n).squareRoot())
    for (border, probability) in [(1.0, 0.317_310_5), (2, 0.045_500_26), (3, 0.002_699_796), (4, 6.334_248e-5)] {
      let expected = n * probability
      let beyond = Double(z.count { abs($0) > border })
      #expect(abs(beyond - expected) < 5 * (expected * (1 - probability)).squareRoot(), "beyond \(border)")
    }
    let largest = z.map { abs($0) }.max()!
    #expect(largest > 4 && largest < 6)
    #expect(z.allSatisfy { $0.isFinite })
    // Neighbours, and the two deviates of one pair, are uncorrelated.
    for lag in [1, 2, 16, 32] {
      let product = (0..<count - lag).reduce(0.0) { $0 + z[$1] * z[$1 + lag] } / n
      #expect(abs(product) < 5 / n.squareRoot(), "lag \(lag)")
    }
  }

  @Test("different keys give unrelated rows, neighbouring keys too", arguments: sets)
  func keys(kernels: KernelSet) {
    let count = 2048
    let base = deviates(kernels, count, low: 0, high: 0)
    let bits = Set(base.map { abs($0).bitPattern })
    for (low, high) in [(1, 0), (2, 0), (3, 0), (64, 0), (0, 1), (1, 1), (0, 2), (1 << 31, 0)] as [(UInt32, UInt32)] {
      let other = deviates(kernels, count, low: low, high: high)
      // Chance alone repeats a handful of the 2²⁴ radii and angles, a shifted or permuted row all of them.
      let shared = other.count { bits.contains(abs($0).bitPattern) }
      #expect(shared < count / 50, "keys (0, 0) and (\(low), \(high)) share \(shared) of \(count) deviates")
      let correlation = zip(base, other).reduce(0.0) { $0 + Double($1.0 * $1.1) } / Double(count)
      #expect(abs(correlation) < 5 / Double(count).squareRoot())
    }
  }

  private func deviates(
    _ kernels: KernelSet, _ count: Int, deviation: Float = 1, low: UInt32 = 0x1234_5678, high: UInt32 = 0x9abc_def0
  ) -> [Float] {
    let out = GuardedBuffer<Float>(count: count, repeating: .nan)
    kernels.random.normal(low, high, deviation, out.base, count)
    return out.array
  }
}
