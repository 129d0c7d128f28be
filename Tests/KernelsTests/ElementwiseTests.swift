import Foundation
import KernelInterface
import TestSupport
import Testing

@Suite("Element by element")
struct ElementwiseTests {
  private static let u = Tolerance.unit

  @Test("gelu agrees with x·Φ(x)", arguments: sets)
  func gelu(kernels: KernelSet) {
    // What is subtracted, at most half of x, is off by up to 4u of itself (its polynomials); then one more rounding.
    check(kernels.elementwise.gelu, sweep) { x in
      (x / 2 * (1 + erf(x * 0.5.squareRoot())), 3 * ElementwiseTests.u * abs(x) + 0x1p-126)
    }
  }

  @Test("the tanh form of gelu agrees with its definition", arguments: sets)
  func geluTanh(kernels: KernelSet) {
    // tanh is off by up to 7u (its argument by 5u of itself); then two more roundings.
    check(kernels.elementwise.geluTanh, sweep) { x in
      let t = tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))
      return (x / 2 * (1 + t), 5 * ElementwiseTests.u * abs(x) + 0x1p-126)
    }
  }

  @Test("silu keeps a relative error of 4 units in the last place", arguments: sets)
  func silu(kernels: KernelSet) {
    check(kernels.elementwise.silu, sweep) { x in
      // e⁻ˣ overflows beyond 88.7, where the exact result is below 89·2⁻¹²⁷.
      (x / (1 + exp(-x)), Tolerance.ulps(4, x / (1 + exp(-x))) + 89 * 0x1p-126)
    }
  }

  @Test("the quick form of gelu keeps a relative error that grows with its exponent alone", arguments: sets)
  func geluQuick(kernels: KernelSet) {
    check(kernels.elementwise.geluQuick, sweep) { x in
      let y = x / (1 + exp(-1.702 * x))
      // The exponent is rounded once and its factor once: 2u of its size, which is the relative error of e⁻¹·⁷⁰²ˣ.
      return (y, Tolerance.ulps(4 + min(90, abs(1.702 * x)), y) + 89 * 0x1p-126)
    }
  }

  @Test("relu and clamping are exact", arguments: sets)
  func relu(kernels: KernelSet) {
    check(kernels.elementwise.relu, sweep) { x in (max(x, 0), 0) }
    check({ kernels.elementwise.clamp($0, 2.5, $1) }, sweep) { x in (min(max(x, -2.5), 2.5), 0) }
  }

  @Test("a soft cap agrees with c·tanh(x / c), in relative terms near 0", arguments: sets)
  func softcap(kernels: KernelSet) {
    for cap in [Float(1), 30, 50] {
      check({ kernels.elementwise.softcap($0, cap, $1) }, sweep) { x in
        let c = Double(cap)
        let y = c * tanh(x / c)
        return (y, abs(x) < 0.19 * c ? Tolerance.ulps(4, y) : 7 * ElementwiseTests.u * c)
      }
    }
  }

  @Test("sums, products and scaling round once", arguments: sets)
  func arithmetic(kernels: KernelSet) {
    var random = TestRandom(8)
    for count in 0...70 {
      let x = random.signed(count, scale: 10)
      let y = GuardedBuffer(random.signed(count))
      let sum = GuardedBuffer(x)
      kernels.elementwise.add(sum.base, y.base, count)
      let product = GuardedBuffer(x)
      kernels.elementwise.multiply(product.base, y.base, count)
      let scaled = GuardedBuffer(x)
      kernels.elementwise.scale(scaled.base, 0.3, count)
      for i in 0..<count {
        #expect(sum[i] == x[i] + y[i])
        #expect(product[i] == x[i] * y[i])
        #expect(scaled[i] == x[i] * 0.3)
      }
    }
  }

  @Test("rotation turns each pair by its angle", arguments: sets)
  func rotate(kernels: KernelSet) {
    var random = TestRandom(9)
    for half in 0...70 {
      let x = random.signed(2 * half, scale: 3)
      let angles = random.signed(half, scale: 7)
      let cosines = GuardedBuffer(angles.map { Float(cos(Double($0))) })
      let sines = GuardedBuffer(angles.map { Float(sin(Double($0))) })
      let out = GuardedBuffer(x)
      kernels.elementwise.rotate(out.base, cosines.base, sines.base, half)
      for i in 0..<half {
        let (a, b) = (Double(x[i]), Double(x[half + i]))
        let (c, s) = (Double(cosines[i]), Double(sines[i]))
        #expect(abs(Double(out[i]) - (a * c - b * s)) <= Tolerance.sum(terms: 2, magnitude: abs(a * c) + abs(b * s)))
        #expect(
          abs(Double(out[half + i]) - (b * c + a * s)) <= Tolerance.sum(terms: 2, magnitude: abs(b * c) + abs(a * s)))
      }
    }
  }

  @Test("rotation of neighbours turns each pair by its own angle", arguments: sets)
  func rotateNeighbours(kernels: KernelSet) {
    var random = TestRandom(10)
    for half in 0...40 {
      let x = random.signed(2 * half, scale: 3)
      let angles = random.signed(half, scale: 7)
      let cosines = GuardedBuffer(angles.map { Float(cos(Double($0))) })
      let sines = GuardedBuffer(angles.map { Float(sin(Double($0))) })
      let out = GuardedBuffer(x)
      kernels.elementwise.rotateNeighbours(out.base, cosines.base, sines.base, half)
      for i in 0..<half {
        let (a, b) = (Double(x[2 * i]), Double(x[2 * i + 1]))
        let (c, s) = (Double(cosines[i]), Double(sines[i]))
        #expect(
          abs(Double(out[2 * i]) - (a * c - b * s)) <= Tolerance.sum(terms: 2, magnitude: abs(a * c) + abs(b * s)))
        #expect(
          abs(Double(out[2 * i + 1]) - (b * c + a * s)) <= Tolerance.sum(terms: 2, magnitude: abs(b * c) + abs(a * s)))
      }
    }
  }

  @Test("NaN comes out where it went in, and nowhere else", arguments: sets)
  func notANumber(kernels: KernelSet) {
    let maps: [(String, ElementwiseKernels.Map)] = [
      ("gelu", kernels.elementwise.gelu), ("geluTanh", kernels.elementwise.geluTanh),
      ("geluQuick", kernels.elementwise.geluQuick), ("silu", kernels.elementwise.silu),
      ("relu", kernels.elementwise.relu),
    ]
    for position in [0, 1, 15, 16, 32, 36] {
      for (name, map) in maps {
        let row = rowWithNaN(at: position)
        map(row.base, row.count)
        #expect((0..<row.count).allSatisfy { row[$0].isNaN == ($0 == position) }, "\(name), \(position)")
      }
      let clamped = rowWithNaN(at: position)
      kernels.elementwise.clamp(clamped.base, 2, clamped.count)
      #expect((0..<clamped.count).allSatisfy { clamped[$0].isNaN == ($0 == position) }, "clamp, \(position)")
      let capped = rowWithNaN(at: position)
      kernels.elementwise.softcap(capped.base, 2, capped.count)
      #expect((0..<capped.count).allSatisfy { capped[$0].isNaN == ($0 == position) }, "softcap, \(position)")
    }
  }

  private func rowWithNaN(at position: Int) -> GuardedBuffer<Float> {
    let row = GuardedBuffer<Float>(count: 37, repeating: 0.5)
    row[position] = .nan
    return row
  }

  /// Applies `map` to the values, as one row and as rows of every short count, and compares with the oracle, which
  /// gives the exact result and the error that may be.
  private func check(
    _ map: (UnsafeMutablePointer<Float>, Int) -> Void, _ values: [Float], _ oracle: (Double) -> (Double, Double)
  ) {
    let row = GuardedBuffer(values)
    map(row.base, row.count)
    var failures: [String] = []
    for (x, y) in zip(values, row.array) {
      let (expected, bound) = oracle(Double(x))
      if !(abs(Double(y) - expected) <= bound) { failures.append("\(x): \(y) instead of \(expected) ± \(bound)") }
    }
    #expect(failures.isEmpty, "\(failures.count) of \(values.count) wrong, such as \(failures.prefix(3))")
    for count in 0...35 {
      let part = GuardedBuffer(Array(values.suffix(count)))
      map(part.base, count)
      let same = (0..<count).allSatisfy {
        abs(part[$0] - row[values.count - count + $0]) <= row[values.count - count + $0].ulp
      }
      #expect(same, "a row of \(count) differs")
    }
  }

  /// Near 0 and far from it, both signs, an odd number of values.
  private var sweep: [Float] {
    var values: [Float] = [0, -0.0, .leastNonzeroMagnitude, .leastNormalMagnitude, 1e4, 1e10, 3e38, 87.4, 88.8, 104]
    for step in 0...1500 { values.append(Float(step) * 0.00813) }
    for step in 0...300 { values.append(Float(exp2(Double(step) / 15 - 14))) }
    return values + values.dropFirst().map { -$0 }
  }
}
