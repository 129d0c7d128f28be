import Foundation
import Testing
import Transformer

@testable import Harness

extension RatioInterval {
  /// Of rounds with one call of each side.
  init(pairs a: [Double], _ b: [Double], amongst count: Int = 1) {
    self.init(rounds: zip(a, b).map { $1 / $0 }, amongst: count)
  }
}

@Suite struct RatioIntervalTests {
  @Test("fewer than eight pairs exclude nothing", arguments: 1...9) func fewPairs(count: Int) {
    let a = (0..<count).map { 1 + Double($0) * 0.001 }
    let ratio = RatioInterval(pairs: a, a.map { $0 * 1.1 })
    #expect((ratio.interval != nil) == (count >= 8))
    #expect(abs(ratio.ratio - 1.1) < 1e-12)
  }

  @Test("few separate samples exclude nothing, and one never does", arguments: [(1, 1), (3, 3), (1, 50), (4, 4)])
  func fewSamples(a: Int, b: Int) {
    let ratio = RatioInterval(
      samples: (0..<a).map { 1 + Double($0) * 0.01 }, (0..<b).map { 2 + Double($0) * 0.01 })
    #expect(ratio.interval == nil)
  }

  @Test("exchanging A and B inverts the ratio and its interval") func inverse() throws {
    var random = SplitMix64(seed: 1)
    func times(_ count: Int) -> [Double] { (0..<count).map { _ in 1 + Double(random.next(below: 1000)) / 5000 } }
    for count in [8, 10, 13] {
      let (a, b) = (times(count), times(count))
      let there = try #require(RatioInterval(pairs: a, b).interval)
      let back = try #require(RatioInterval(pairs: b, a).interval)
      #expect(abs(there.lowerBound * back.upperBound - 1) < 1e-9)
    }
    let (a, b) = (times(6), times(7))
    let there = try #require(RatioInterval(samples: a, b).interval)
    let back = try #require(RatioInterval(samples: b, a).interval)
    #expect(abs(there.lowerBound * back.upperBound - 1) < 1e-9)
  }

  @Test("equal sides miss the truth about as seldom as they may", arguments: [true, false]) func coverage(paired: Bool)
  {
    var random = SplitMix64(seed: 5)
    // Sums of uniform numbers: near to normal, spread 10 %.
    func time() -> Double { 1 + 0.1 * (0..<12).reduce(-6.0) { sum, _ in sum + Double(random.next() >> 11) * 0x1p-53 } }
    var misses = 0
    for _ in 0..<400 {
      let (a, b) = ((0..<8).map { _ in time() }, (0..<8).map { _ in time() })
      let ratio = paired ? RatioInterval(pairs: a, b) : RatioInterval(samples: Array(a.prefix(6)), Array(b.prefix(6)))
      if let interval = ratio.interval, !interval.contains(1) { misses += 1 }
    }
    // 1 %: 4 ± 2; never a tenth.
    #expect(misses <= 12)
  }

  @Test("many samples are no trouble, and a small difference is found among them") func many() throws {
    var random = SplitMix64(seed: 9)
    let a = (0..<30000).map { _ in 1 + Double(random.next(below: 100)) / 1000 }
    let b = a.reversed().map { $0 * 1.03 }
    let interval = try #require(RatioInterval(samples: a, b).interval)
    #expect(interval.lowerBound > 1.02 && interval.upperBound < 1.04)
  }

  @Test("a process that was held up a thousandfold moves neither ratio nor interval much", arguments: [true, false])
  func outlier(isA: Bool) throws {
    var a = (0..<10).map { 1 + Double($0 * 7 % 10) * 0.002 }
    var b = (0..<10).map { 1.05 + Double($0 * 3 % 10) * 0.002 }
    if isA { a[4] *= 1000 } else { b[4] *= 1000 }
    for ratio in [RatioInterval(pairs: a, b), RatioInterval(samples: a, b)] {
      #expect(abs(ratio.ratio - 1.05) < 0.01)
      let interval = try #require(ratio.interval)
      #expect(interval.contains(1.05))
      // Only the end on its own side may feel it.
      #expect(isA ? interval.upperBound < 1.08 : interval.lowerBound > 1.02)
    }
  }

  @Test("the normal distribution takes over from the exact one without a jump") func manyRanks() throws {
    for (exact, normal) in [
      (RankDistribution.signedRankBound(60, tail: 0.005), RankDistribution.signedRankBound(61, tail: 0.005)),
      (RankDistribution.rankSumBound(50, 50, tail: 0.005), RankDistribution.rankSumBound(50, 51, tail: 0.005)),
    ] {
      let (low, high) = (try #require(exact), try #require(normal))
      #expect(high > low && high < low + low / 10)
    }
  }

  @Test("intervals among several are wider, where there are pairs enough") func together() throws {
    let a = Array(repeating: 1.0, count: 12)
    let b = (0..<12).map { 1 + Double($0 * $0 % 37) * 0.01 }
    let one = try #require(RatioInterval(pairs: a, b).interval)
    let many = try #require(RatioInterval(pairs: a, b, amongst: 4).interval)
    #expect(many.lowerBound < one.lowerBound && many.upperBound > one.upperBound)
    #expect(RatioInterval(pairs: Array(a.prefix(8)), Array(b.prefix(8)), amongst: 100).interval != nil)
  }

  @Test(
    "a verdict follows from where the interval lies",
    arguments: [
      (0.99, 1.01, Verdict.same), (0.99, 1.03, .undecided), (1.001, 1.1, .slower), (0.9, 0.999, .faster),
      (0.9, 1.1, .undecided), (1.005, 1.019, .same), (0.981, 0.99, .same), (1.03, 1.05, .slower),
    ])
  func verdicts(low: Double, high: Double, verdict: Verdict) { #expect(Verdict(low...high) == verdict) }

  @Test("a margin of one's own moves what counts as the same")
  func margins() {
    #expect(Verdict(0.97...1.03, margin: 5) == .same)
    #expect(Verdict(1.005...1.015, margin: 1) == .slower)
    #expect(Verdict(0.985...0.995, margin: 1) == .faster)
  }

  @Test("times whose sum is infinite leave it open", arguments: [5, 10, 50]) func infinite(count: Int) {
    let times = [Double](repeating: .infinity, count: count)
    #expect(RatioInterval(samples: times, times).interval == nil)
  }

  @Test("no interval leaves it open") func noInterval() { #expect(Verdict(nil) == .undecided) }
}
