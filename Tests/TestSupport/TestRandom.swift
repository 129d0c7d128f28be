/// A small generator (SplitMix64) so that every run of a test sees the same numbers.
public struct TestRandom: RandomNumberGenerator {
  private var state: UInt64

  public init(_ seed: UInt64 = 1) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z &>> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z &>> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z &>> 31)
  }

  /// Uniform in [-1, 1), on a grid of 2⁻²³.
  public mutating func signed() -> Float { Float(Int32(truncatingIfNeeded: next() &>> 40) - (1 << 23)) * 0x1p-23 }

  public mutating func signed(_ count: Int, scale: Float = 1) -> [Float] {
    var values = [Float](repeating: 0, count: count)
    for index in 0..<count { values[index] = signed() * scale }
    return values
  }
}
