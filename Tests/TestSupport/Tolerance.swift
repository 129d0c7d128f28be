/// How far fp32 arithmetic may stray from the exact result.
public enum Tolerance {
  /// Unit roundoff of fp32.
  public static let unit = 0x1p-24

  /// A sum of `terms` products in any order: each product and each addition rounds once, so the error is at most
  /// γ·Σ|a·b| with γ = m·u / (1 − m·u), m = terms + 1 (Higham, Accuracy and Stability of Numerical Algorithms, 3.1).
  ///
  /// Operands are taken as the kernel sees them, rounded to their dtype, so that the dtype adds nothing.
  public static func sum(terms: Int, magnitude: Double) -> Double {
    let m = Double(terms + 1)
    // The smallest normal number stands for what is flushed or lost below it.
    return m * unit / (1 - m * unit) * magnitude + 0x1p-126
  }

  /// `count` units in the last place of a result of size `value`.
  public static func ulps(_ count: Double, _ value: Double) -> Double { count * 2 * unit * abs(value) + 0x1p-126 }
}
