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
/// Estimate and interval are Hodges and Lehmann's (*Estimates of Location Based on Rank Tests*, 1963): the interval holds
/// every ratio that an exact permutation test of ranks would not reject. It assumes no distribution, and a process that
/// the machine held up for a while moves it hardly more than one that was a little slow. Times are compared by their
/// logarithms, so that the ratio of B to A is the inverse of that of A to B.
public struct RatioInterval: Sendable, Equatable {
  public var ratio: Double
  /// `nil` for too few times to exclude any ratio.
  public var interval: ClosedRange<Double>?

  /// The chance that an interval misses the truth: of one that stands alone, or of any of several together.
  public static let error = 0.01

  /// Of rounds in which both were measured side by side: the median of the means of two logarithms, with the interval of
  /// Wilcoxon's signed-rank test.
  ///
  /// - Parameters:
  ///   - ratios: of B's time to A's, [round]; at least one.
  ///   - count: intervals that are to miss the truth in 1 of 100 cases together, as far as there are rounds enough.
  public init(rounds ratios: [Double], amongst count: Int = 1) {
    let differences = Self.blocks(ratios.map { log($0) })
    var means: [Double] = []
    for (index, difference) in differences.enumerated() {
      for other in differences[index...] { means.append((difference + other) / 2) }
    }
    self.init(means, amongst: count) { RankDistribution.signedRankBound(differences.count, tail: $0) }
  }

  /// Of times that were measured apart: the median of the differences of a time of B and a time of A, with the interval of
  /// the Mann-Whitney test.
  ///
  /// - Parameters:
  ///   - a, b: seconds, each at least one.
  ///   - count: as above.
  public init(samples a: [Double], _ b: [Double], amongst count: Int = 1) {
    let a = Self.blocks(a.map { log($0) })
    let b = Self.blocks(b.map { log($0) })
    self.init(b.flatMap { later in a.map { later - $0 } }, amongst: count) {
      RankDistribution.rankSumBound(a.count, b.count, tail: $0)
    }
  }

  /// - Parameters:
  ///   - shifts: possible logarithms of the ratio, at least one.
  ///   - bound: how many of them lie outside the interval at each end when both ends together err with twice the chance.
  private init(_ shifts: [Double], amongst count: Int, bound: (_ tail: Double) -> Int?) {
    let sorted = shifts.sorted()
    ratio = exp(Statistics.percentile(sorted: sorted, 50))
    guard let outside = bound(Self.error / Double(2 * count)) ?? bound(Self.error / 2) else { return }
    interval = ClosedRange(from: exp(sorted[outside]), to: exp(sorted[sorted.count - 1 - outside]))
  }

  /// Means of consecutive values, so many that a few hundred are left: differences grow with the square.
  private static func blocks(_ values: [Double]) -> [Double] {
    let length = (values.count + 399) / 400
    guard length > 1 else { return values }
    return stride(from: 0, to: values.count - length + 1, by: length).map {
      Statistics.mean(Array(values[$0..<$0 + length]))
    }
  }
}
