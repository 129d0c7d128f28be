/// Horizontal bars of stacked segments, each bar under its name: names of any length fit a phone.
struct BarChart: Sendable, Equatable {
  /// Names of the segments, in their order and with their colours.
  var segments: [String]
  var bars: [Bar]
  /// What the axis counts.
  var label: String
  /// What a value says in words.
  var text: @Sendable (Double) -> String

  struct Bar: Sendable, Equatable {
    var name: String
    /// One value for each segment; 0 draws nothing.
    var values: [Double]
    /// Written behind the bar.
    var total: String
    var styles: [Int]?
  }

  static func == (a: BarChart, b: BarChart) -> Bool {
    a.segments == b.segments && a.bars == b.bars && a.label == b.label
  }

  var isEmpty: Bool { bars.allSatisfy { bar in bar.values.allSatisfy { $0 <= 0 } } }

  private static let rowHeight = 44.0
  private static let barHeight = 20.0
  private static let top = 6.0

  func height(_ size: ChartSize) -> Double { Self.top + Self.rowHeight * Double(bars.count) + 46 }

  func svg(_ size: ChartSize) -> HTML {
    let left = 4.0
    // Room for the totals behind the longest bar.
    let totalWidth = Double(bars.map(\.total.count).max() ?? 0) * 6.6 + 12
    let right = max(left + 80, size.width - totalWidth)
    let bottom = height(size) - 40
    let sums = bars.map { $0.values.reduce(0, +) }
    let axis = ChartAxis(label, .linear, covering: sums, tickCount: size == .wide ? 8 : 4)
    func x(_ value: Double) -> Double { left + axis.fraction(value) * (right - left) }
    var svg: HTML = "<g class=\"grid\">"
    for tick in axis.ticks { svg += "<path d=\"M\(x(tick)) \(Self.top)V\(bottom)\"/>" }
    svg += "</g><g class=\"ticks\">"
    for (index, tick) in axis.ticks.enumerated() {
      let anchor = index == 0 ? "start" : "middle"
      svg += "<text x=\"\(x(tick))\" y=\"\(bottom + 16)\" text-anchor=\"\(anchor)\">\(Quantity.tick(tick))</text>"
    }
    svg += "</g><text class=\"axis-title\" x=\"\((left + right) / 2)\" y=\"\(bottom + 35)\" text-anchor=\"middle\">"
    svg += "\(label)</text>"
    for (row, bar) in bars.enumerated() { svg += drawn(bar, top: Self.top + Self.rowHeight * Double(row), size, x) }
    return svg
  }

  private func drawn(_ bar: Bar, top: Double, _ size: ChartSize, _ x: (Double) -> Double) -> HTML {
    let limit = Int((size.width - 8) / 6.6)
    let name = bar.name.count > limit ? String(bar.name.prefix(limit - 1)) + "…" : bar.name
    var svg: HTML = "<text class=\"bar-name\" x=\"4\" y=\"\(top + 15)\">\(name)</text>"
    var sum = 0.0
    let y = top + 20
    for (index, value) in bar.values.enumerated() where value > 0 {
      let start = x(sum)
      sum += value
      // A sliver still shows that there is something.
      let width = max(1, x(sum) - start)
      let color = bar.styles?[index] ?? index
      let part = text(value)
      let segment = segments.indices.contains(index) ? segments[index] : ""
      svg += """
        <g class="c\(color % SeriesStyle.colorCount)"><rect class="mark" x="\(start)" y="\(y)" width="\(width)" \
        height="\(Self.barHeight)"><title>\(bar.name), \(segment): \(part)</title></rect>
        """
      // Not twice: the total says it already where there is one segment.
      if width > Double(part.count) * 6.6 + 8, !bar.total.hasPrefix(part) {
        svg += "<text class=\"inside\" x=\"\(start + width / 2)\" y=\"\(y + 14)\" text-anchor=\"middle\">\(part)</text>"
      }
      svg += "</g>"
    }
    svg += "<text class=\"label\" x=\"\(x(sum) + 7)\" y=\"\(y + 14)\">\(bar.total)</text>"
    return svg
  }
}
