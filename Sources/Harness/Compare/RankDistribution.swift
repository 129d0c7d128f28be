import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How the two rank statistics are distributed when there is no difference: exactly for few values, normal for many.
enum RankDistribution {
  /// The largest c with P(T ≤ c) ≤ tail, for Wilcoxon's signed-rank statistic of `count` values; `nil` when there is none.
  static func signedRankBound(_ count: Int, tail: Double) -> Int? {
    let n = Double(count)
    guard count <= 60 else {
      return normalBound(mean: n * (n + 1) / 4, variance: n * (n + 1) * (2 * n + 1) / 24, tail: tail)
    }
    // Chances of each sum of ranks, where each rank counts or not.
    var chances = [1.0]
    for rank in 1...max(1, count) {
      let before = chances
      chances += [Double](repeating: 0, count: rank)
      for sum in before.indices { chances[sum + rank] += before[sum] }
      for sum in chances.indices { chances[sum] /= 2 }
    }
    return bound(chances, tail: tail)
  }

  /// The same for the Mann-Whitney statistic of `m` and `n` values.
  static func rankSumBound(_ m: Int, _ n: Int, tail: Double) -> Int? {
    guard m * n <= 2500 else {
      let product = Double(m) * Double(n)
      return normalBound(mean: product / 2, variance: product * Double(m + n + 1) / 12, tail: tail)
    }
    return bound(rankSumChances(m, n), tail: tail)
  }

  /// Of each value of the Mann-Whitney statistic. The trials of a comparison mostly have the same numbers of calls.
  private static func rankSumChances(_ m: Int, _ n: Int) -> [Double] {
    if let known = rankSums.withLock({ $0[[m, n]] }) { return known }
    // Ways to choose k of the ranks 1, 2, … with each sum beyond the smallest, [k][sum]: the last chosen rank r of k
    // exceeds its least value k by r − k.
    var ways = [[Double]](repeating: [Double](repeating: 0, count: m * n + 1), count: n + 1)
    ways[0][0] = 1
    for rank in 1...(m + n) {
      for chosen in stride(from: min(rank, n), through: 1, by: -1) where rank - chosen <= m {
        let excess = rank - chosen
        for sum in stride(from: m * n, through: excess, by: -1) {
          ways[chosen][sum] += ways[chosen - 1][sum - excess]
        }
      }
    }
    let total = ways[n].reduce(0, +)
    let chances = ways[n].map { $0 / total }
    rankSums.withLock { $0[[m, n]] = chances }
    return chances
  }

  private static let rankSums = Mutex<[[Int]: [Double]]>([:])

  private static func bound(_ chances: [Double], tail: Double) -> Int? {
    var sum = 0.0
    var bound: Int?
    for (value, chance) in chances.enumerated() {
      sum += chance
      // Chances are fractions of small integers; a sum that is equal to the tail must count as such.
      guard sum <= tail * (1 + 1e-12) else { break }
      bound = value
    }
    return bound
  }

  private static func normalBound(mean: Double, variance: Double, tail: Double) -> Int? {
    let deviation = variance.squareRoot()
    var (low, high) = (0, Int(mean))
    func chance(_ value: Int) -> Double { 0.5 * erfc((mean - Double(value) - 0.5) / deviation / 2.0.squareRoot()) }
    guard chance(low) <= tail else { return nil }
    while high - low > 1 {
      let middle = (low + high) / 2
      if chance(middle) <= tail { low = middle } else { high = middle }
    }
    return low
  }
}
