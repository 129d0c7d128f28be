#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A logarithmic axis of a picture, in pixels.
struct LogAxis {
  let range: ClosedRange<Double>
  /// Pixel of the range's lower and of its upper end.
  let pixels: (Double, Double)

  /// Covers `values`, with a little room at both ends. Values that no logarithm has are left out.
  init(covering values: [Double], pixels: (Double, Double)) {
    let usable = values.filter { $0.isFinite && $0 > 0 }
    let low = usable.min() ?? 1
    let high = max(usable.max() ?? 10, low * 10)
    range = low / 1.6...high * 1.6
    self.pixels = pixels
  }

  func pixel(_ value: Double) -> Double {
    let place = log(value / range.lowerBound) / log(range.upperBound / range.lowerBound)
    return pixels.0 + place * (pixels.1 - pixels.0)
  }

  /// 1, 2 and 5 times the powers of ten that lie in the range; over more than three decades the powers alone.
  var ticks: [Double] {
    let first = Int(floor(log10(range.lowerBound)))
    let last = Int(ceil(log10(range.upperBound)))
    let steps: [Double] = last - first > 4 ? [1] : [1, 2, 5]
    return (first...last).flatMap { power in steps.map { $0 * pow(10, Double(power)) } }.filter(range.contains)
  }
}

extension LogAxis {
  /// The angle of a line in degrees, clockwise as SVG counts.
  static func degrees(rise: Double, run: Double) -> Double { atan2(rise, run) * 180 / Double.pi }
}
