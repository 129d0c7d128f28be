#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Rotary position embedding (Su et al. 2021).
public struct RotaryEmbedding: Sendable, Equatable {
  /// Base of the geometric series of wavelengths.
  public var theta: Double = 10_000
  /// Elements of each head that the series is made for, the first ones of the head. An odd number rotates one element
  /// more, as the originals do.
  public var dimension: Int
  public var scaling: Scaling = .none
  public var pairing: Pairing = .halves
  /// What each pair's angle per position is divided by besides, [pair count]; `nil` divides by nothing.
  public var frequencyDivisors: [Double]?

  /// Which elements are rotated together.
  public enum Pairing: Sendable, Hashable {
    /// Element i with element i + `pairCount`.
    case halves
    /// Element 2i with element 2i + 1.
    case neighbours
  }

  /// How positions or frequencies are rescaled for contexts longer than those trained on.
  public enum Scaling: Sendable, Equatable {
    case none
    /// position / factor
    case linear(factor: Double)
    /// The base grows with the sequence once it is longer than `originalLength`.
    case dynamic(factor: Double, originalLength: Int)
    /// Wavelengths longer than originalLength / lowFrequencyFactor are stretched by `factor`, those shorter than
    /// originalLength / highFrequencyFactor kept, those between interpolated (Llama 3.1).
    case llama3(factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalLength: Int)
    /// Pairs that turn more than `betaFast` times within `originalLength` are kept, those that turn less than `betaSlow`
    /// times stretched by `factor`, those between interpolated (YaRN, Peng et al. 2023). Cosines and sines are
    /// multiplied by `attentionFactor`.
    case yarn(factor: Double, originalLength: Int, betaFast: Double, betaSlow: Double, attentionFactor: Double)
  }

  public init(
    theta: Double = 10_000, dimension: Int, scaling: Scaling = .none, pairing: Pairing = .halves
  ) {
    self.theta = theta
    self.dimension = dimension
    self.scaling = scaling
    self.pairing = pairing
  }

  /// Pairs of elements that are rotated.
  public var pairCount: Int { (dimension + 1) / 2 }

  /// Factor on cosines and sines.
  public var attentionFactor: Double {
    if case .yarn(_, _, _, _, let factor) = scaling { factor } else { 1 }
  }

  /// The attention factor that YaRN recommends for contexts stretched by `factor`: 0.1 · mscale · ln(factor) + 1.
  public static func yarnAttentionFactor(_ factor: Double, mscale: Double = 1) -> Double {
    factor <= 1 ? 1 : 0.1 * mscale * log(factor) + 1
  }
}
