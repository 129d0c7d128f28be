#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension RotaryEmbedding {
  /// Angle per position of each rotated pair, [dimension / 2], for sequences of `length` tokens.
  ///
  /// Pair i turns by theta^(−2i / dimension) (Su et al. 2021), changed by the scaling in force.
  public func frequencies(length: Int) -> [Double] {
    var base = theta
    if case .dynamic(let factor, let original) = scaling, length > original {
      let growth = factor * Double(length) / Double(original) - (factor - 1)
      base = theta * pow(growth, Double(dimension) / Double(dimension - 2))
    }
    return (0..<dimension / 2).map { pair in
      let frequency = scaled(pow(base, -2 * Double(pair) / Double(dimension)))
      return frequencyDivisors.map { frequency / $0[pair] } ?? frequency
    }
  }

  private func scaled(_ frequency: Double) -> Double {
    switch scaling {
    case .none, .dynamic: return frequency
    case .linear(let factor): return frequency / factor
    case .llama3(let factor, let low, let high, let original):
      let wavelength = 2 * Double.pi / frequency
      if wavelength < Double(original) / high { return frequency }
      if wavelength > Double(original) / low { return frequency / factor }
      let blend = (Double(original) / wavelength - low) / (high - low)
      return (1 - blend) * frequency / factor + blend * frequency
    }
  }
}
