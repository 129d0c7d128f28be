#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One axis of a chart: which values it covers, where its ticks are.
struct ChartAxis: Sendable, Equatable {
  enum Scale: Sendable { case linear, logarithmic }

  let label: String
  let scale: Scale
  let range: ClosedRange<Double>
  var ticks: [Double]

  /// An axis with round ends.
  ///
  /// - covering: what must be visible; values that a scale cannot show are ignored.
  /// - tickCount: about how many ticks there is room for.
  /// - fromZero: whether a linear axis begins at 0, so that lengths can be compared.
  init(_ label: String, _ scale: Scale, covering values: [Double], tickCount: Int, fromZero: Bool = true) {
    self.label = label
    self.scale = scale
    switch scale {
    case .linear:
      let finite = values.filter { $0.isFinite && abs($0) < 1e30 }
      (range, ticks) = Self.linear(finite, max(2, tickCount), fromZero: fromZero)
    case .logarithmic:
      let usable = values.filter { $0.isFinite && $0 > 1e-30 && $0 < 1e30 }
      (range, ticks) = Self.logarithmic(usable, max(2, tickCount))
    }
  }

  /// Where a value lies: 0 at the axis's beginning, 1 at its end.
  func fraction(_ value: Double) -> Double {
    switch scale {
    case .linear: (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    case .logarithmic:
      log10(max(value, 1e-300) / range.lowerBound) / log10(range.upperBound / range.lowerBound)
    }
  }

  private static func linear(
    _ values: [Double], _ count: Int, fromZero: Bool
  ) -> (ClosedRange<Double>, [Double]) {
    var low = values.min() ?? 0
    var high = values.max() ?? 1
    if fromZero { (low, high) = (min(0, low), max(0, high)) }
    if !(high - low > abs(high) * 1e-9) {
      (low, high) = high == 0 ? (0, 1) : (low - abs(low) / 2, high + abs(high) / 2)
    }
    let step = roundStep((high - low) / Double(count))
    let first = (low / step).rounded(.down)
    let last = (high / step - 1e-9).rounded(.up)
    let ticks = (0...Int(last - first)).map { (first + Double($0)) * step }
    return ((first * step)...(last * step), ticks)
  }

  /// The next of 1, 2, 5 times a power of ten.
  private static func roundStep(_ step: Double) -> Double {
    let power = pow(10, log10(step).rounded(.down))
    return ([1.0, 2, 5].first { $0 * power >= step * 0.999 } ?? 10) * power
  }

  private static func logarithmic(_ values: [Double], _ count: Int) -> (ClosedRange<Double>, [Double]) {
    var low = values.min() ?? 1
    var high = values.max() ?? 10
    // A factor of 5 holds two of the ticks 1, 2, 5, 10 wherever it lies; beyond it a little air around the outermost points.
    if high / low < 5 {
      let middle = (low * high).squareRoot()
      (low, high) = (middle / 2.24, middle * 2.24)
    }
    let air = pow(high / low, 0.05)
    (low, high) = (low / air, high * air)
    let decades = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
    for multiples in [[1.0, 2, 5], [1.0, 3], [1.0]] {
      let ticks = decades.flatMap { decade in multiples.map { $0 * pow(10, Double(decade)) } }
        .filter { ($0 >= low && $0 <= high) }
      if ticks.count <= count + 2, ticks.count >= 2 { return (low...high, ticks) }
    }
    let every = max(1, (decades.count + count - 1) / count)
    let ticks = stride(from: decades.lowerBound, through: decades.upperBound, by: every).map { pow(10, Double($0)) }
    let visible = ticks.filter { $0 >= low && $0 <= high }
    return (low...high, visible)
  }
}
