import Testing

@testable import Harness

@Suite struct RepetitionTests {
  private func reason(_ latencies: [Double], count: Int, _ repetition: Repetition?) -> (StopReason, taken: Int)? {
    var rule = StopRule(batchCount: count, repetition: repetition)
    for (index, latency) in latencies.enumerated() {
      if let stop = rule.stop(after: latency) { return (stop, index + 1) }
    }
    return nil
  }

  @Test("without repeat the count decides") func count() throws {
    let (stop, taken) = try #require(reason([1, 2, 3, 4], count: 3, nil))
    #expect(stop.cause == .count)
    #expect(taken == 3)
  }

  @Test("a narrow interval ends a trial, but not before num_batches") func interval() throws {
    let rule = Repetition(untilInterval: 0.05, maximumSeconds: 100)
    let (stop, taken) = try #require(reason(Array(repeating: 1, count: 9), count: 4, rule))
    #expect(stop.cause == .interval)
    #expect(taken == 4)
    // Wide at first, then more and more of the same.
    let later = try #require(reason([1, 2] + Array(repeating: 1.5, count: 90), count: 2, rule))
    #expect(later.0.cause == .interval)
    #expect((10...90).contains(later.taken))
  }

  @Test("time ends a trial whose interval stays wide, and a single sample has none") func time() throws {
    let rule = Repetition(untilInterval: 1e-6, maximumSeconds: 10)
    let (stop, taken) = try #require(reason((0..<99).map { $0 % 2 == 0 ? 1 : 3 }, count: 1, rule))
    #expect(stop.cause == .time)
    #expect(taken == 6)
    let zero = try #require(reason([1, 1], count: 1, Repetition(untilInterval: 1, maximumSeconds: 0)))
    #expect(zero.0.cause == .time)
    #expect(zero.taken == 1)
  }

  @Test("repeat and order are read, and their slips found") func sweepFile() throws {
    let read = try sweep(validSweep, "repeat={until_ci: 0.02, max_seconds: 120}", "order=interleaved")
    #expect(read.repetition == Repetition(untilInterval: 0.02, maximumSeconds: 120))
    #expect(read.order == .interleaved)
    #expect(faults(validSweep, "order=interleave").contains("did you mean 'interleaved'?"))
    #expect(faults(validSweep, "repeat={until_ci: 0}").contains("repeat.until_ci"))
    #expect(faults(validSweep, "repeat={until_ci: 0.1}").contains("repeat.max_seconds is missing"))
    #expect(faults(validSweep, "order=interleaved", "engine=[native, hf]").contains("native alone"))
    #expect(faults(validSweep, "repeat={until_ci: 0.1, max_seconds: 1}", "engine=hf").contains("native alone"))
    #expect(faults(validSweep, "repeat=3").contains("repeat must be a mapping"))
    #expect(faults(validSweep, "repeat={until_ci: 0.1, max_seconds: -1}").contains("max_seconds"))
  }
}
