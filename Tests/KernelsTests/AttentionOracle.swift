import Foundation
import KernelInterface
import TestSupport

/// Softmax attention of one query by its definition, in Double.
struct AttentionOracle {
  /// Σ p·v / Σ p, [head width]; zeros when every key is hidden.
  var output: [Double]
  /// How far fp32 may be off, [head width].
  var bound: [Double]
  var seesNothing: Bool

  /// - query: scaled, [head width].
  /// - keys, values: [key count][head width].
  /// - blocks: how many times the sums are rescaled.
  /// - probabilityError: relative rounding of the probabilities that values are multiplied with.
  init(
    query: [Float], keys: [[Float]], values: [[Float]], mask: AttentionMask, position: Int, blocks: Int,
    probabilityError: Double = 0
  ) {
    let width = query.count
    let u = Tolerance.unit
    var scores: [Double] = []
    var scoreError = 0.0
    for (index, key) in keys.enumerated() {
      let distance = position - (mask.firstKey + index)
      guard distance >= 0, distance < mask.window else {
        scores.append(-.infinity)
        continue
      }
      var score = 0.0
      var magnitude = 0.0
      for i in 0..<width {
        let product = Double(query[i]) * Double(key[i])
        score += product
        magnitude += abs(product)
      }
      var error = Tolerance.sum(terms: width, magnitude: magnitude)
      if mask.softcap != 0 {
        score = Double(mask.softcap) * tanh(score / Double(mask.softcap))
        error += 7 * u * Double(mask.softcap)
      }
      let bias = Double(mask.slope) * Double(distance)
      if let keyBias = mask.keyBias {
        score += Double(keyBias[index])
        error += 2 * u * abs(Double(keyBias[index]))
      }
      scores.append(score - bias)
      scoreError = max(scoreError, error + 2 * u * (abs(bias) + abs(score)))
    }
    let maximum = scores.max() ?? -.infinity
    seesNothing = maximum == -.infinity
    output = [Double](repeating: 0, count: width)
    bound = output
    if seesNothing { return }
    let weights = scores.map { exp($0 - maximum) }
    let sum = weights.reduce(0, +)
    let least = scores.filter { $0 > -.infinity }.min()!
    // An error d of two scores changes their weights' ratio by e^2d; the exponent, the sums over the keys and each
    // rescaling round as well.
    let relative =
      2 * scoreError + (2 * min(104, maximum - least) + Double(keys.count) + 10 + 8 * Double(blocks)) * u
    for i in 0..<width {
      var size = 0.0
      for (weight, value) in zip(weights, values) {
        output[i] += weight * Double(value[i]) / sum
        size += weight * abs(Double(value[i])) / sum
      }
      bound[i] = (expm1(relative) * 2 + probabilityError) * size + 0x1p-100
    }
  }
}

/// The ways in which positions change scores.
enum MaskKind: CaseIterable {
  case causal, slope, softcap, window, keyBias, everything

  /// A bias for each key position, up to the largest that any test has.
  nonisolated(unsafe) private static let biases: UnsafePointer<Float> = {
    let biases = UnsafeMutablePointer<Float>.allocate(capacity: 4096)
    for position in 0..<4096 { biases[position] = Float((position * 37) % 64) / 16 - 2 }
    return UnsafePointer(biases)
  }()

  func mask(firstQuery: Int, firstKey: Int, head: Int = 0) -> AttentionMask {
    let all = self == .everything
    return AttentionMask(
      firstQuery: firstQuery, firstKey: firstKey, slope: self == .slope || all ? 0.25 / Float(head + 1) : 0,
      softcap: self == .softcap || all ? 3 : 0, window: self == .window || all ? 11 + head : .max,
      keyBias: self == .keyBias || all ? Self.biases + firstKey + head : nil)
  }
}
