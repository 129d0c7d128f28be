import Testing
import Transformer

@testable import Harness

@Suite struct SteadinessTests {
  @Test("too few samples say nothing", arguments: 0...3) func few(count: Int) {
    #expect(Steadiness(Array(repeating: 1, count: count)) == nil)
  }

  @Test("equal samples are steady") func constant() throws {
    let steadiness = try #require(Steadiness([2, 2, 2, 2, 2]))
    #expect(steadiness.isSteady)
    #expect(steadiness.pValue == 1)
  }

  @Test("a step between equal samples is found whatever its place", arguments: 1...6) func step(place: Int) throws {
    let samples = (0..<8).map { $0 < place ? 1.5 : 1.0 }
    let steadiness = try #require(Steadiness(samples))
    #expect(!steadiness.isSteady)
    #expect(steadiness.changeAfter == place)
    #expect(abs(steadiness.ratio - 1 / 1.5) < 1e-12)
  }

  @Test("a change too small to matter is steady however significant") func smallChange() throws {
    let samples = (0..<100).map { $0 < 50 ? 1.0 : 1.01 }
    #expect(try #require(Steadiness(samples)).isSteady)
  }

  @Test("noise is seldom taken for a change") func noise() {
    var random = SplitMix64(seed: 3)
    var alarms = 0
    for _ in 0..<200 {
      let samples = (0..<20).map { _ in
        1 + 0.1 * (0..<12).reduce(-6.0) { sum, _ in sum + Double(random.next() >> 11) * 0x1p-53 }
      }
      if Steadiness(samples)?.isSteady == false { alarms += 1 }
    }
    // 5 % at most in the mean: 10 ± 3.
    #expect(alarms <= 20)
  }

  @Test("percentiles and low tails are over all tokens, the interval over calls") func tokens() throws {
    let calls = [[0.1, 0.1, 0.1, 0.5], [0.1, 0.1, 0.1, 0.1], [0.2, 0.1, 0.1, 0.1]]
    let tokens = try #require(TokenStatistics(calls, batchSize: 2))
    #expect(tokens.count == 12)
    #expect(tokens.seconds.median == 0.1)
    #expect(tokens.seconds.maximum == 0.5)
    #expect(abs(tokens.slowestRate1 - (4 + (10 - 4) * 0.11)) < 1e-9)
    let interval = try #require(tokens.seconds.confidence95)
    #expect(interval.upperBound < 0.201)
    #expect(TokenStatistics([[], []], batchSize: 2) == nil)
  }
}
