import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How many times as long B takes as A, with an interval that misses the truth in 1 of 100 comparisons.
///
/// Both intervals come from turning a permutation test round: they hold every ratio that the test would not reject.
/// They assume no distribution, and times are compared by their logarithms, so that the ratio of B to A is the inverse of
/// that of A to B.
public struct RatioInterval: Sendable, Equatable {
  /// The ratio of the geometric means.
  public var ratio: Double
  /// `nil` for too few times to exclude any ratio.
  public var interval: ClosedRange<Double>?

  /// The chance that an interval misses the truth: of one that stands alone, or of any of several together.
  public static let error = 0.01

  /// Of pairs that were measured side by side: the intervals of the sign-flip test, which are between the means of subsets
  /// of the differences (Hartigan, *Using Subsample Values as Typical Values*, 1969).
  ///
  /// - Parameters:
  ///   - a, b: seconds, [pair]; equally many, at least one.
  ///   - count: intervals that are to miss the truth in 1 of 100 cases together, as far as there are pairs enough.
  public init(pairs a: [Double], _ b: [Double], amongst count: Int = 1, seed: UInt64 = 0) {
    let differences = zip(a, b).map { log($1) - log($0) }
    ratio = exp(Statistics.mean(differences))
    let means = Self.subsetMeans(differences, seed: seed).sorted()
    // Each gap between neighbours, and each end, is as likely as every other.
    func rank(_ error: Double) -> Int { Int(error / 2 * Double(means.count + 1)) }
    let rank = max(rank(Self.error / Double(count)), min(1, rank(Self.error)))
    if rank >= 1 { interval = exp(means[rank - 1])...exp(means[means.count - rank]) }
  }

  /// Of times that were measured apart: the interval of the two-sample permutation test of the means.
  ///
  /// - Parameters:
  ///   - a, b: seconds, each at least one.
  ///   - count: as above.
  public init(samples a: [Double], _ b: [Double], amongst count: Int = 1, seed: UInt64 = 0) {
    let a = Self.blocks(a.map { log($0) })
    let b = Self.blocks(b.map { log($0) })
    let difference = Statistics.mean(b) - Statistics.mean(a)
    ratio = exp(difference)
    // With B's times divided by a ratio θ (logarithms less θ), a division of all times into two groups has the
    // difference u − θ v. It is at least as far from 0 as the observed one, |difference − θ|, for θ between two bounds.
    var lows: [Double] = []
    var highs: [Double] = []
    Self.divisions(a.count, b.count, seed: seed) { isB in
      var sumB = 0.0
      var sumA = 0.0
      var fromB = 0
      for index in 0..<(a.count + b.count) {
        let value = index < a.count ? a[index] : b[index - a.count]
        if isB[index] {
          sumB += value
          if index >= a.count { fromB += 1 }
        } else {
          sumA += value
        }
      }
      let u = sumB / Double(b.count) - sumA / Double(a.count)
      let v = Double(fromB) / Double(b.count) - Double(b.count - fromB) / Double(a.count)
      // The observed division itself, and its mirror image, fit every θ.
      guard abs(v) < 1 - 1e-9 else {
        lows.append(-.infinity)
        highs.append(.infinity)
        return
      }
      let bounds = [(difference - u) / (1 - v), (difference + u) / (1 + v)]
      lows.append(bounds.min()!)
      highs.append(bounds.max()!)
    }
    (lows, highs) = (lows.sorted(), highs.sorted(by: >))
    for error in [Self.error / Double(count), Self.error] {
      let rank = Int(error * Double(lows.count))
      if lows[rank].isFinite && highs[rank].isFinite {
        interval = exp(lows[rank])...exp(highs[rank])
        return
      }
    }
  }
}

extension RatioInterval {
  /// Subsets, or divisions, that are drawn when there are too many to take all.
  private static let drawCount = 8191

  /// Means of all subsets that are not empty, or of as many random ones.
  private static func subsetMeans(_ values: [Double], seed: UInt64) -> [Double] {
    if values.count <= 13 {
      return (1..<(1 << values.count)).map { subset in
        var sum = 0.0
        for index in values.indices where subset >> index & 1 == 1 { sum += values[index] }
        return sum / Double(subset.nonzeroBitCount)
      }
    }
    var random = SplitMix64(seed: seed)
    return (0..<drawCount).map { _ in
      var sum = 0.0
      var count = 0
      repeat {
        (sum, count) = (0, 0)
        for value in values where random.next() >> 63 == 1 {
          sum += value
          count += 1
        }
      } while count == 0
      return sum / Double(count)
    }
  }

  /// Calls `body` for the observed division into A and B and for all others, or for as many random ones.
  private static func divisions(_ countA: Int, _ countB: Int, seed: UInt64, _ body: ([Bool]) -> Void) {
    let count = countA + countB
    if count <= 13 {
      for subset in 0..<(1 << count) where subset.nonzeroBitCount == countB {
        body((0..<count).map { subset >> $0 & 1 == 1 })
      }
      return
    }
    var random = SplitMix64(seed: seed)
    var isB = (0..<count).map { $0 >= countA }
    body(isB)
    for _ in 0..<drawCount {
      isB.shuffle(using: &random)
      body(isB)
    }
  }

  /// Means of consecutive values, so many that a thousand are left: divisions of more would take minutes.
  private static func blocks(_ values: [Double]) -> [Double] {
    let length = (values.count + 999) / 1000
    guard length > 1 else { return values }
    return stride(from: 0, to: values.count - length + 1, by: length).map {
      Statistics.mean(Array(values[$0..<$0 + length]))
    }
  }
}
