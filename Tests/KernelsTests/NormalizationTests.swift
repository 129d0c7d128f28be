import KernelInterface
import TestSupport
import Testing

@Suite("Normalisation")
struct NormalizationTests {
  static let counts = Array(1...70) + [127, 257, 768, 2049]

  @Test("LayerNorm agrees with its definition, also about a large mean and in place", arguments: sets)
  func layer(kernels: KernelSet) {
    var random = TestRandom(12)
    for count in NormalizationTests.counts {
      for (mean, spread) in [(Float(0), Float(1)), (100, 1), (-1e4, 3), (0, 1e-3), (0, 1e4)] {
        let x = random.signed(count, scale: spread).map { $0 + mean }
        let weight = GuardedBuffer(random.signed(count, scale: 2))
        let bias = GuardedBuffer(random.signed(count))
        for withBias in [true, false] {
          let out = GuardedBuffer(x)
          kernels.normalization.layer(out.base, count, 1e-5, weight.base, withBias ? bias.base : nil, out.base)
          let error = layerError(kernels, x, weight.array, withBias ? bias.array : nil, out.array)
          #expect(error == nil, "\(count) values about \(mean), spread \(spread)")
        }
      }
    }
  }

  @Test("RMSNorm agrees with its definition, also in place", arguments: sets)
  func rootMeanSquare(kernels: KernelSet) {
    var random = TestRandom(13)
    for count in NormalizationTests.counts {
      for scale in [Float(1), 1e-3, 1e4] {
        let x = random.signed(count, scale: scale)
        let weight = GuardedBuffer(random.signed(count, scale: 2))
        let out = GuardedBuffer(x)
        kernels.normalization.rootMeanSquare(out.base, count, 1e-6, weight.base, out.base)
        let squares = x.reduce(0.0) { $0 + Double($1) * Double($1) }
        let factor = 1 / (squares / Double(count) + Double(Float(1e-6))).squareRoot()
        let relative = (Double(chain(count, kernels)) / 2 + 5) * Tolerance.unit
        for i in 0..<count {
          let expected = Double(x[i]) * factor * Double(weight[i])
          #expect(abs(Double(out[i]) - expected) <= relative * abs(expected) + 0x1p-126, "\(i) of \(count)")
        }
      }
    }
  }

  @Test("a constant row normalises to its bias", arguments: sets)
  func constant(kernels: KernelSet) {
    for count in [1, 7, 16, 33, 100] {
      let x = GuardedBuffer<Float>(count: count, repeating: 3)
      let weight = GuardedBuffer<Float>(count: count, repeating: 2)
      let bias = GuardedBuffer<Float>(count: count, repeating: 0.25)
      kernels.normalization.layer(x.base, count, 1e-5, weight.base, bias.base, x.base)
      #expect(x.array.allSatisfy { $0 == 0.25 })
    }
  }

  /// Additions on the longest path of a row's sum: one lane of the shortest number of chains, the sum across the
  /// lanes, and the elements that fill no vector.
  private func chain(_ count: Int, _ kernels: KernelSet) -> Int {
    let lanes = kernels.panelWidth / 2
    return count / (2 * lanes) + 4 * lanes + 8
  }

  private func layerError(
    _ kernels: KernelSet, _ x: [Float], _ weight: [Float], _ bias: [Float]?, _ out: [Float]
  ) -> String? {
    let u = Tolerance.unit
    let n = Double(x.count)
    let mean = x.reduce(0.0) { $0 + Double($1) } / n
    let variance = x.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / n
    let factor = 1 / (variance + Double(Float(1e-5))).squareRoot()
    let path = Double(chain(x.count, kernels))
    // The mean's own error shifts every element, and its square adds to the variance.
    let meanError = Tolerance.sum(terms: Int(path), magnitude: x.reduce(0.0) { $0 + Double(abs($1)) } / n)
    let factorError = (path / 2 + 5) * u + meanError * meanError * factor * factor
    for i in x.indices {
      let normal = (Double(x[i]) - mean) * factor * Double(weight[i])
      let expected = normal + Double(bias?[i] ?? 0)
      let bound =
        meanError * factor * Double(abs(weight[i])) * (1 + factorError) + factorError * abs(normal) + u * abs(expected)
      if !(abs(Double(out[i]) - expected) <= bound) { return "\(i): \(out[i]) instead of \(expected) ± \(bound)" }
    }
    return nil
  }
}
