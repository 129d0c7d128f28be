#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The slope of each head (Press, Smith and Lewis 2021): 2^(−biasMax · i / n), i = 1 … n.
///
/// When the number of heads is no power of two, the slopes of the next one are taken, the odd-numbered first, as MPT
/// and Falcon do.
func alibiSlopes(heads: Int, biasMax: Float) -> [Float] {
  var power = 1
  while power < heads { power *= 2 }
  let slopes = (1...power).map { Float(pow(2, -Double(biasMax) * Double($0) / Double(power))) }
  if power == heads { return slopes }
  let odd = stride(from: 1, to: power, by: 2).map { slopes[$0] }
  let even = stride(from: 0, to: power, by: 2).map { slopes[$0] }
  return Array((odd + even).prefix(heads))
}

extension Session {
  /// Biases by key position as Falcon computes them: slope and position are rounded to bf16, so is their product, and
  /// the softmax scale multiplies it. Only differences between keys matter, but rounding makes these depend on the
  /// position, so no slope expresses them.
  func setKeyBiases() {
    let configuration = model.configuration
    guard case .alibi(let biasMax) = configuration.position else { return }
    for (head, slope) in alibiSlopes(heads: configuration.headCount, biasMax: biasMax).enumerated() {
      let biases = floats(layout.keyBiases) + head * layout.keyBiasStride  // [positions]
      for position in 0..<layout.keyBiasStride {
        let product = roundedToBF16(roundedToBF16(slope) * roundedToBF16(Float(position)))
        biases[position] = product * configuration.effectiveSoftmaxScale
      }
    }
  }
}

private func roundedToBF16(_ value: Float) -> Float {
  let bits = value.bitPattern
  return Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
}
