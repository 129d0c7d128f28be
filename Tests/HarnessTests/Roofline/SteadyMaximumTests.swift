import Testing

@testable import Harness

@Suite struct SteadyMaximumTests {
  private let steady = SteadyMaximum(patience: 3, limit: 20)

  /// Samples that take one second each by the test's clock.
  private func measure(_ steady: SteadyMaximum, _ value: @escaping (Int) -> Double) -> Rate {
    var count = 0
    return steady.measure(now: { Double(count) }) {
      count += 1
      return value(count)
    }
  }

  @Test("sampling ends when the best has not risen for a while") func endsWhenSteady() {
    let rate = measure(steady) { $0 < 6 ? Double($0) : 5 }
    #expect(rate.best == 5 && rate.isSteady)
    #expect(rate.sampleCount == 8)
  }

  @Test("a best that rises by less than one percent is steady") func smallRises() {
    let rate = measure(steady) { 100 + Double($0) * 0.1 }
    #expect(rate.isSteady && rate.sampleCount == 5)
    #expect(rate.best == 100.5)
  }

  @Test("many small rises add up: they count once they are one percent together") func creepingRises() {
    let rate = measure(SteadyMaximum(patience: 5, limit: 20)) { 100 + Double($0) * 0.4 }
    #expect(rate.sampleCount == 20 && !rate.isSteady)
  }

  @Test("sampling ends at the limit and says that the best was still rising") func endsAtLimit() {
    let rate = measure(steady) { Double($0 * $0) }
    #expect(rate.sampleCount == 20 && !rate.isSteady && rate.isNoisy)
    #expect(rate.best == 400 && rate.worst == 1)
  }

  @Test("a median far below the best is noise, whatever the worst sample says") func noise() {
    #expect(Rate([10, 10, 10, 1], isSteady: true).isNoisy == false)
    #expect(Rate([10, 5, 5, 5], isSteady: true).isNoisy)
    #expect(Rate([10, 10, 10, 1], isSteady: true).spread == 0.9)
  }
}
