/// How often values fall into bins of equal width.
struct Histogram: Sendable, Equatable {
  /// Of the first bin's beginning and the last bin's end.
  let range: ClosedRange<Double>
  let counts: [Int]
  /// Values beyond the range; the last bin counts them.
  let overflow: Int

  /// Bins after Freedman and Diaconis (1981): twice the interquartile range over the cube root of the count, 6 to 40 of
  /// them. A few values far out would squeeze all others into one bin: beyond four medians they share the last.
  ///
  /// `nil` for no values.
  init?(_ values: [Double]) {
    let sorted = values.filter { $0.isFinite && $0 >= 0 }.sorted()
    guard let low = sorted.first, let most = sorted.last else { return nil }
    let median = Statistics.percentile(sorted, 50)
    let high = min(most, max(4 * median, low * 1.01))
    let spread = Statistics.percentile(sorted, 75) - Statistics.percentile(sorted, 25)
    var root = 1.0
    while root * root * root < Double(sorted.count) { root += 1 }
    let width = 2 * spread / root
    let wanted = width > 0 ? (high - low) / width : 1
    let count = wanted.isFinite ? Int(min(40, max(6, wanted.rounded(.up)))) : 6
    let end = high > low ? high : low * 1.02 + 1e-12
    var counts = [Int](repeating: 0, count: count)
    for value in sorted {
      let place = (value - low) / (end - low) * Double(count)
      counts[min(count - 1, max(0, Int(min(place, Double(count)))))] += 1
    }
    range = low...end
    self.counts = counts
    overflow = sorted.count { $0 > end }
  }

  /// Bars over `unit`s, with lines at percentiles.
  ///
  /// - scale: units per value, such as 1000 for milliseconds.
  func svg(label: String, scale: Double, marks: [(name: String, value: Double)], color: Int) -> HTML {
    let area = PlotArea(
      width: Self.width, height: Self.height,
      x: ChartAxis(
        label, .linear, covering: [range.lowerBound * scale, range.upperBound * scale], tickCount: 4, fromZero: false),
      y: ChartAxis("tokens", .linear, covering: counts.map(Double.init), tickCount: 4))
    var svg = area.frame + "<g class=\"c\(color)\">"
    let step = (range.upperBound - range.lowerBound) / Double(counts.count)
    for (index, count) in counts.enumerated() where count > 0 {
      let low = range.lowerBound + step * Double(index)
      let (left, right) = (area.x(low * scale), area.x((low + step) * scale))
      let top = area.y(Double(count))
      let more = index == counts.count - 1 && overflow > 0 ? " and more" : ""
      let span = "\(Quantity.number(low * scale)) to \(Quantity.number((low + step) * scale))\(more): \(count)"
      svg += """
        <rect class="mark" x="\(left)" y="\(top)" width="\(max(1, right - left))" height="\(area.bottom - top)">\
        <title>\(span)</title></rect>
        """
    }
    svg += "</g>"
    var labels = LabelPlacement(area)
    for mark in marks where range.contains(mark.value) {
      let x = area.x(mark.value * scale)
      svg += "<path class=\"guide dashed\" d=\"M\(x) \(area.top)V\(area.bottom)\"/>"
      svg += labels.place(mark.name, beside: (x, area.top + 3))
    }
    return svg
  }

  static let width = 350.0
  static let height = 220.0
}
