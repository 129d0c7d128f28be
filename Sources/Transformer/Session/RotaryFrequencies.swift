#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension RotaryEmbedding {
  /// Angle per position of each rotated pair, [pair count], for a sequence of `length` tokens.
  ///
  /// Pair i turns by theta^(−2i / dimension) (Su et al. 2021), changed by the scaling in force.
  public func frequencies(length: Int) -> [Double] {
    (0..<pairCount).map { frequency($0, length: length) }
  }

  /// The angle of one pair per position. Allocates nothing: a decode step asks for it when the scaling is dynamic.
  func frequency(_ pair: Int, length: Int) -> Double {
    let frequency = scaledFrequency(pair, length: length)
    return frequencyDivisors.map { frequency / $0[pair] } ?? frequency
  }

  private func scaledFrequency(_ pair: Int, length: Int) -> Double {
    let exponent = -2 * Double(pair) / Double(dimension)
    let frequency = pow(theta, exponent)
    switch scaling {
    case .none: return frequency
    case .linear(let factor): return frequency / factor
    case .dynamic(let factor, let original):
      guard length > original else { return frequency }
      let growth = factor * Double(length) / Double(original) - (factor - 1)
      return pow(theta * pow(growth, Double(dimension) / Double(dimension - 2)), exponent)
    case .llama3(let factor, let low, let high, let original):
      let wavelength = 2 * Double.pi / frequency
      if wavelength < Double(original) / high { return frequency }
      if wavelength > Double(original) / low { return frequency / factor }
      let blend = (Double(original) / wavelength - low) / (high - low)
      return (1 - blend) * frequency / factor + blend * frequency
    case .yarn(let factor, let original, let fast, let slow, _):
      // The pair, as a fraction, that turns this many times within the original length.
      func pairTurning(_ times: Double) -> Double {
        Double(dimension) * log(Double(original) / (times * 2 * Double.pi)) / (2 * log(theta))
      }
      let first = max(0, pairTurning(fast).rounded(.down))
      var last = min(Double(dimension - 1), pairTurning(slow).rounded(.up))
      if last == first { last += 0.001 }
      let stretched = min(1, max(0, (Double(pair) - first) / (last - first)))
      return stretched * frequency / factor + (1 - stretched) * frequency
    }
  }
}
