/// What a reading of the clock costs. Each token is followed by one.
enum ClockCost {
  /// Seconds of a reading, the median of many.
  static let seconds: Double = {
    let readings = 1000
    let samples = (0..<21).map { _ in
      let start = Monotonic.now()
      var last = start
      for _ in 0..<readings { last = Monotonic.now() }
      return Monotonic.seconds(from: start, to: last) / Double(readings)
    }
    return Statistics.percentile(samples, 50)
  }()
}
