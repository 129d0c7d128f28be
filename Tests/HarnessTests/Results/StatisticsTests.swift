import Testing

@testable import Harness

@Suite struct StatisticsTests {
  @Test("mean, median and sample standard deviation of a known set") func knownValues() throws {
    let statistics = try #require(Statistics([2, 4, 4, 4, 5, 5, 7, 9]))
    #expect(statistics.mean == 5)
    #expect(statistics.median == 4.5)
    #expect(abs(try #require(statistics.standardDeviation) - (32.0 / 7).squareRoot()) < 1e-12)
  }

  @Test("a single sample has no spread") func singleSample() throws {
    let statistics = try #require(Statistics([3]))
    #expect(statistics.mean == 3)
    #expect(statistics.median == 3)
    #expect(statistics.standardDeviation == nil)
    #expect(statistics.confidence95 == nil)
  }

  @Test("no samples have no statistics") func noSamples() {
    #expect(Statistics([]) == nil)
  }

  @Test("samples that are no numbers have no interval") func noNumbers() throws {
    #expect(try #require(Statistics([.infinity, 1, 2])).confidence95 == nil)
    #expect(try #require(Statistics([Double](repeating: .infinity, count: 20_001))).confidence95 == nil)
    #expect(ClosedRange(from: 1, to: 2) == 1...2)
    #expect(ClosedRange(from: 2, to: 1) == nil)
    #expect(ClosedRange(from: .nan, to: 1) == nil)
  }

  @Test("percentiles interpolate between ranks") func percentiles() {
    let samples = [15.0, 20, 35, 40, 50]
    #expect(Statistics.percentile(samples, 0) == 15)
    #expect(Statistics.percentile(samples, 100) == 50)
    #expect(Statistics.percentile(samples, 50) == 35)
    #expect(abs(Statistics.percentile(samples, 40) - 29) < 1e-12)
    #expect(Statistics.percentile([50, 15, 40, 20, 35], 25) == 20)
  }

  @Test("the bootstrap interval is near the normal one for many samples") func bootstrap() throws {
    // Mean 49.5, standard error of the mean 28.866 / sqrt(1000) · … of ten cycles of 0 ... 99.
    let samples = (0..<1000).map { Double($0 % 100) }
    let statistics = try #require(Statistics(samples, seed: 1))
    let interval = try #require(statistics.confidence95)
    let error = try #require(statistics.standardDeviation) / 1000.0.squareRoot()
    #expect(abs(interval.lowerBound - (49.5 - 1.96 * error)) < 0.2 * error)
    #expect(abs(interval.upperBound - (49.5 + 1.96 * error)) < 0.2 * error)
  }

  @Test("equal samples have an interval of no width") func constant() throws {
    #expect(try #require(Statistics([2, 2, 2])).confidence95 == 2...2)
  }

  @Test("the same seed gives the same interval, another seed another") func seeds() {
    let samples = [1.0, 2, 4, 8, 16, 32, 64]
    #expect(Statistics(samples, seed: 3) == Statistics(samples, seed: 3))
    #expect(
      Statistics.bootstrapInterval(samples, resamples: 2000, seed: 3)
        != Statistics.bootstrapInterval(samples, resamples: 2000, seed: 4))
  }
}
