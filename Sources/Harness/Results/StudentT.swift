#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Student's t distribution.
enum StudentT {
  /// The probability that |t| is at least as large by chance: P = I(ν / (ν + t²); ν / 2, 1 / 2), the regularised incomplete
  /// beta function (Abramowitz and Stegun 26.7.1, 26.5.27).
  ///
  /// - degrees: of freedom, ν > 0.
  static func twoSided(_ t: Double, degrees: Double) -> Double {
    guard t.isFinite else { return t.isNaN ? .nan : 0 }
    return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
  }

  /// I(x; a, b), 0 ≤ x ≤ 1.
  static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    // The continued fraction converges quickly on this side of the mean only.
    if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
    let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    return front / continuedFraction(x, a, b)
  }

  /// The continued fraction 26.5.8 of Abramowitz and Stegun, evaluated from the front (Lentz 1976).
  private static func continuedFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    func nonzero(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var value = 1.0
    var numerator = 1.0
    var denominator = 0.0
    for step in 1...1000 {
      let m = Double(step / 2)
      let coefficient =
        step % 2 == 0
        ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      denominator = 1 / nonzero(1 + coefficient * denominator)
      numerator = nonzero(1 + coefficient / numerator)
      let change = numerator * denominator
      value *= change
      if abs(change - 1) < 1e-15 { break }
    }
    return value
  }
}
