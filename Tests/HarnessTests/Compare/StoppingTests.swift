import Foundation
import Testing
import Transformer

@testable import Harness

/// `run --against` ends when the interval is narrow, whatever it says: that must cost no certainty.
@Suite struct StoppingTests {
  /// Rounds with heavy tails until the comparison is narrow, as `AgainstJob` takes them; `nil` when it does not become so.
  private func comparison(slower: Double, noise: Double, _ random: inout SplitMix64) -> ComparedTime? {
    func uniform() -> Double { (Double(random.next() >> 11) + 0.5) * 0x1p-53 }
    // A tenth of the rounds are five times as noisy.
    func round() -> Double {
      let normal = (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
      return slower * exp(normal * noise * (uniform() < 0.1 ? 5 : 1))
    }
    var b: [[Double]] = []
    for count in 1...60 {
      b.append([round()])
      var comparison = Comparison()
      let time = ComparedTime(Array(repeating: [1], count: count), b, isPaired: true)
      comparison.trials = [ComparedTrial(name: "x", latency: time)]
      if comparison.isNarrow { return time }
    }
    return nil
  }

  @Test("equal sides hardly ever differ and nearly always are the same", arguments: [0.002, 0.01, 0.02])
  func equal(noise: Double) {
    var random = SplitMix64(seed: 3)
    let times = (0..<200).map { _ in comparison(slower: 1, noise: noise, &random) }
    #expect(!times.contains { $0?.verdict == .undecided })
    // 1 %: 2 ± 1.4.
    #expect(times.count { $0?.verdict == .slower || $0?.verdict == .faster } <= 3)
    #expect(times.count { $0?.verdict == .same } >= 175)
    // The interval misses the truth about as seldom as it may: 1 %.
    #expect(times.count { $0?.ratio.interval?.contains(1) == false } <= 6)
  }

  @Test("5 % are found", arguments: [0.002, 0.01, 0.02]) func slower(noise: Double) {
    var random = SplitMix64(seed: 4)
    let times = (0..<100).map { _ in comparison(slower: 1.05, noise: noise, &random) }
    #expect(times.count { $0?.verdict == .slower } >= 88)
    #expect(times.count { $0?.verdict == .same || $0?.verdict == .faster } == 0)
  }
}
