#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The slope of each head (Press, Smith and Lewis 2021): 2^(−biasMax · i / n), i = 1 … n.
///
/// When the number of heads is no power of two, the slopes of the next one are taken, the odd-numbered first, as MPT
/// does.
func alibiSlopes(heads: Int, biasMax: Float) -> [Float] {
  var power = 1
  while power < heads { power *= 2 }
  let slopes = (1...power).map { Float(pow(2, -Double(biasMax) * Double($0) / Double(power))) }
  if power == heads { return slopes }
  let odd = stride(from: 1, to: power, by: 2).map { slopes[$0] }
  let even = stride(from: 0, to: power, by: 2).map { slopes[$0] }
  return Array((odd + even).prefix(heads))
}
