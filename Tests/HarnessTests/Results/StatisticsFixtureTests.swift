import Testing
import Transformer

@testable import Harness

@Suite struct StatisticsFixtureTests {
  @Test("mean, median, deviation, extremes and percentiles are numpy's") func moments() throws {
    for expected in try ExpectedStatistics().cases("described") {
      let samples = try expected.numbers("samples")
      let statistics = try #require(Statistics(samples))
      #expect(abs(statistics.mean - (try expected.number("mean"))) < 1e-12)
      #expect(abs(statistics.median - (try expected.number("median"))) < 1e-12)
      #expect(abs(try #require(statistics.standardDeviation) - (try expected.number("stddev"))) < 1e-12)
      #expect(statistics.minimum == (try expected.number("min")))
      #expect(statistics.maximum == (try expected.number("max")))
      for p in [1, 5, 50, 90, 99] {
        let value = try #require(expected["percentiles"]).number("\(p)")
        #expect(abs(Statistics.percentile(samples, Double(p)) - value) < 1e-12)
      }
    }
  }

  @Test("the bootstrap interval is scipy's percentile interval but for the draws") func bootstrap() throws {
    for expected in try ExpectedStatistics().cases("described") {
      let statistics = try #require(Statistics(try expected.numbers("samples")))
      let interval = try #require(statistics.confidence95)
      let bounds = try expected.numbers("bootstrap95")
      // Ends of an interval from 4000 draws vary by a few percent of its width.
      let width = bounds[1] - bounds[0]
      #expect(abs(interval.lowerBound - bounds[0]) < 0.06 * width)
      #expect(abs(interval.upperBound - bounds[1]) < 0.06 * width)
    }
  }

  @Test("Student's distribution is scipy's") func student() throws {
    for expected in try ExpectedStatistics().cases("student") {
      let p = StudentT.twoSided(try expected.number("t"), degrees: try expected.number("degrees"))
      let wanted = try expected.number("p")
      #expect(abs(p - wanted) <= 1e-10 * wanted + 1e-15)
    }
  }

  @Test("a change is found where it is, with scipy's p-value times the places that were tried") func steadiness() throws
  {
    let expected = try ExpectedStatistics().cases("equal_variance")[0]
    let before = try expected.numbers("before")
    let after = try expected.numbers("after")
    let steadiness = try #require(Steadiness(before + after))
    #expect(!steadiness.isSteady)
    #expect(steadiness.changeAfter == before.count)
    let places = Double(before.count + after.count - 2)
    #expect(abs(steadiness.pValue - (try expected.number("p")) * places) < 1e-9)
    #expect(abs(steadiness.ratio - Statistics.mean(after) / Statistics.mean(before)) < 1e-12)
  }

  @Test("an interval of pairs is what scipy's exact signed-rank test does not reject") func pairs() throws {
    for expected in try ExpectedStatistics().cases("paired") {
      let ratio = RatioInterval(pairs: try expected.numbers("a"), try expected.numbers("b"))
      try check(ratio, expected)
    }
  }

  @Test("a round counts with the median of its pairs, and the rounds as scipy has it") func rounds() throws {
    for expected in try ExpectedStatistics().cases("rounds") {
      func seconds(_ key: String) throws -> [[Double]] {
        try #require(expected[key]?.arrayValue).map { round in
          (round.arrayValue ?? []).compactMap(\.doubleValue)
        }
      }
      let time = ComparedTime(try seconds("a"), try seconds("b"), isPaired: true)
      #expect(time.counts == [12])
      try check(time.ratio, expected)
    }
  }

  @Test("an interval of separate samples is what scipy's exact Mann-Whitney test does not reject") func samples() throws
  {
    for expected in try ExpectedStatistics().cases("unpaired") {
      let ratio = RatioInterval(samples: try expected.numbers("a"), try expected.numbers("b"))
      try check(ratio, expected)
    }
  }

  private func check(_ ratio: RatioInterval, _ expected: ConfigurationValue) throws {
    let bounds = try expected.numbers("interval")
    let interval = try #require(ratio.interval)
    #expect(abs(ratio.ratio - (try expected.number("ratio"))) < 1e-12)
    #expect(abs(interval.lowerBound - bounds[0]) < 1e-9)
    #expect(abs(interval.upperBound - bounds[1]) < 1e-9)
  }
}
