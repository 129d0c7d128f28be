import Foundation
import Testing

@testable import Harness

@Suite struct ChartAxisTests {
  @Test(
    "an axis covers its values with a few round ticks",
    arguments: [
      [0.5, 3.2], [1], [0], [], [1e-9, 2e-9], [7, 7, 7], [1e12, 3e12], [-5, 5], [.nan, 1], [.infinity, 2, 3],
    ] as [[Double]], [ChartAxis.Scale.linear, .logarithmic])
  func covers(values: [Double], scale: ChartAxis.Scale) {
    let axis = ChartAxis("x", scale, covering: values, tickCount: 6)
    #expect(axis.range.lowerBound < axis.range.upperBound)
    #expect((2...12).contains(axis.ticks.count))
    for value in values where value.isFinite && (scale == .linear || value > 0) {
      #expect((-0.001...1.001).contains(axis.fraction(value)))
    }
    for tick in axis.ticks { #expect((-0.001...1.001).contains(axis.fraction(tick))) }
    #expect(axis.ticks == axis.ticks.sorted())
  }

  @Test("a logarithmic axis over twenty decades does not drown in ticks") func wide() {
    let axis = ChartAxis("x", .logarithmic, covering: [1e-10, 1e10], tickCount: 6)
    #expect((2...8).contains(axis.ticks.count))
  }

  @Test("a linear axis begins at zero, so that lengths can be compared") func zero() {
    #expect(ChartAxis("x", .linear, covering: [90, 100], tickCount: 5).range.lowerBound == 0)
  }
}

@Suite struct ChartTests {
  private func line(_ points: [(Double, Double)]) -> LineChart {
    LineChart(
      x: .init(label: "x"), y: .init(label: "y"),
      series: [
        .init(
          name: "a", style: SeriesStyle(0),
          points: points.map { .init(x: $0.0, y: $0.1, label: "here", detail: "<at> \($0.0)") })
      ])
  }

  @Test("every point is a mark with its words, on wide and narrow screens", arguments: ChartSize.allCases)
  func marks(size: ChartSize) throws {
    let svg = line([(1, 2), (3, 4), (5, 1)]).svg(size).source
    #expect(svg.components(separatedBy: "class=\"mark\"").count == 4)
    #expect(svg.contains("<title>&lt;at&gt; 1.0</title>"))
    #expect(svg.components(separatedBy: "class=\"line").count == 2)
    try requireWellFormed("<svg>\(svg)</svg>")
  }

  @Test("a single point has a mark and no line") func single() {
    let svg = line([(1, 2)]).svg(.wide).source
    #expect(svg.components(separatedBy: "class=\"mark\"").count == 2)
    #expect(!svg.contains("class=\"line"))
  }

  @Test("labels of points that lie upon each other are not drawn upon each other") func labels() {
    let svg = line(Array(repeating: (1, 1), count: 40)).svg(.narrow).source
    #expect(svg.components(separatedBy: ">here<").count - 1 < 5)
  }

  @Test("a label stands beside the bar of an interval, not upon it") func labelBesideInterval() throws {
    var chart = line([(1, 2), (3, 4)])
    chart.series[0].points[0].interval = 1...3.5
    let svg = chart.svg(.wide).source
    let labels = svg.matches(of: /class="label" x="([\d.]+)"/).compactMap { Double($0.output.1) }
    let bar = try #require(svg.firstMatch(of: /class="interval" d="[^"]*?h8M([\d.]+)/).flatMap { Double($0.output.1) })
    try #require(labels.count == 2)
    #expect(abs(labels[0] - bar) > 10)
  }

  @Test("a label keeps off the name of a slope") func labelOffSlope() throws {
    var chart = line([(5.3, 5)])
    let place = { (svg: String) in
      try #require(svg.firstMatch(of: /class="label" x="([\d.]+)" y="([\d.]+)"/)).output
    }
    chart.x.including = [0, 10]
    chart.y.including = [0, 10]
    let free = try place(chart.svg(.wide).source)
    chart.guides = [.init(from: (0, 0), to: (10, 10), label: "a slope with a long name, on which points may lie")]
    let beside = try place(chart.svg(.wide).source)
    #expect(free.1 != beside.1 || free.2 != beside.2)
  }

  @Test("bars are as long as their values") func bars() throws {
    let chart = BarChart(
      segments: ["a", "b"],
      bars: [
        .init(name: "one & only", values: [10, 30], total: "40"),
        .init(name: "two", values: [20, 0], total: "20 units"),
      ], label: "units", text: { "\(Int($0)) units" })
    let svg = chart.svg(.wide).source
    let widths = svg.matches(of: /class="mark"[^>]*? width="([\d.]+)"/).compactMap { Double($0.output.1) }
    try #require(widths.count == 3)
    #expect(abs(widths[1] / widths[0] - 3) < 0.02)
    #expect(abs(widths[2] / widths[0] - 2) < 0.02)
    #expect(svg.contains("one &amp; only"))
    try requireWellFormed("<svg>\(svg)</svg>")
    // What is written behind a bar is not written into it.
    #expect(svg.components(separatedBy: ">10 units<").count == 2)
    #expect(svg.components(separatedBy: ">20 units<").count == 2)
  }

  @Test("a histogram counts every value, far ones in its last bar") func histogram() throws {
    let values = (0..<100).map { 1 + Double($0 % 10) * 0.01 } + [50, 60]
    let histogram = try #require(Histogram(values))
    #expect(histogram.counts.reduce(0, +) == 102)
    #expect(histogram.overflow == 2)
    #expect((6...40).contains(histogram.counts.count))
  }

  @Test("a histogram of equal values is one bar, and none has no histogram") func degenerate() throws {
    let histogram = try #require(Histogram([2, 2, 2]))
    #expect(histogram.counts.count { $0 > 0 } == 1)
    #expect(Histogram([]) == nil)
    #expect(Histogram([.nan]) == nil)
    let svg = histogram.svg(label: "ms", scale: 1000, marks: [("p50", 2)], color: 0).source
    #expect(svg.contains("class=\"mark\""))
    #expect(!svg.contains("nan"))
  }

  @Test("sixteen series look different") func styles() {
    let looks = (0..<16).map { "\(SeriesStyle($0).color) \(SeriesStyle($0).shape) \(SeriesStyle($0).dash)" }
    #expect(Set(looks).count == 16)
  }
}
