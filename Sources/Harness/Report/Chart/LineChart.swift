/// Points and lines over two axes: what most figures are.
struct LineChart: Sendable, Equatable {
  var x: AxisOptions
  var y: AxisOptions
  var series: [Series]
  /// Ceilings, slopes and other lines that are not measurements.
  var guides: [Guide] = []

  struct AxisOptions: Sendable, Equatable {
    var label: String
    var scale: ChartAxis.Scale = .linear
    /// Values that must be visible beside the points.
    var including: [Double] = []
    /// Where ticks stand; `nil` for round numbers.
    var ticks: [Double]?
  }

  struct Series: Sendable, Equatable {
    var name: String
    var style: SeriesStyle
    var points: [Point]
    /// Whether the points are joined in their order.
    var hasLine = true
  }

  struct Point: Sendable, Equatable {
    var x: Double
    var y: Double
    /// The interval that the value lies in, drawn as a bar.
    var interval: ClosedRange<Double>?
    /// Drawn beside the point where there is room.
    var label = ""
    /// Shown when the pointer rests on it.
    var detail: String
  }

  /// A straight line on the page between two points of the plane.
  struct Guide: Sendable, Equatable {
    var from: (x: Double, y: Double)
    var to: (x: Double, y: Double)
    var label: String
    var isDashed = false

    static func == (a: Guide, b: Guide) -> Bool {
      a.from == b.from && a.to == b.to && a.label == b.label && a.isDashed == b.isDashed
    }
  }

  private var points: [Point] { series.flatMap(\.points) }
  var isEmpty: Bool { points.isEmpty }

  func svg(_ size: ChartSize) -> HTML {
    let ends = points.flatMap { [$0.interval?.lowerBound, $0.interval?.upperBound].compactMap(\.self) }
    let area = PlotArea(
      size, x: axis(x, points.map(\.x), size.horizontalTicks), y: axis(y, points.map(\.y) + ends, size.verticalTicks))
    var labels = LabelPlacement(area)
    for point in points {
      labels.occupy(
        area.x(point.x), area.y(point.y), high: point.interval.map { area.y($0.upperBound) },
        low: point.interval.map { area.y($0.lowerBound) })
    }
    return area.frame + guides.map { drawn($0, area, &labels) }.joined()
      + series.map { drawn($0, area) }.joined() + series.map { labelled($0, area, &labels) }.joined()
  }

  private func axis(_ options: AxisOptions, _ values: [Double], _ tickCount: Int) -> ChartAxis {
    var axis = ChartAxis(options.label, options.scale, covering: values + options.including, tickCount: tickCount)
    if let ticks = options.ticks { axis.ticks = ticks.filter(axis.range.contains) }
    return axis
  }

  private func drawn(_ series: Series, _ area: PlotArea) -> HTML {
    var svg: HTML = "<g class=\"\(series.style.colorClass)\">"
    if series.hasLine, series.points.count > 1 {
      let path = series.points.enumerated().map { index, point -> HTML in
        "\(index == 0 ? "M" : "L")\(area.x(point.x)) \(area.y(point.y))"
      }.joined()
      svg += "<path class=\"line d\(series.style.dash)\" d=\"\(path)\"/>"
    }
    for point in series.points {
      let (x, y) = (area.x(point.x), area.y(point.y))
      if let interval = point.interval {
        let (high, low) = (area.y(interval.upperBound), area.y(interval.lowerBound))
        if low - high > 3 {
          svg += "<path class=\"interval\" d=\"M\(x - 4) \(high)h8M\(x) \(high)V\(low)M\(x - 4) \(low)h8\"/>"
        }
      }
      svg += "<path class=\"mark\" d=\"\(series.style.marker(x, y))\"><title>\(point.detail)</title></path>"
    }
    return svg + "</g>"
  }

  private func labelled(_ series: Series, _ area: PlotArea, _ labels: inout LabelPlacement) -> HTML {
    var svg = HTML.empty
    for point in series.points where !point.label.isEmpty {
      svg += labels.place(point.label, beside: (area.x(point.x), area.y(point.y)))
    }
    return svg
  }

  private func drawn(_ guide: Guide, _ area: PlotArea, _ labels: inout LabelPlacement) -> HTML {
    let start = (x: area.x(guide.from.x), y: area.y(guide.from.y))
    let end = (x: area.x(guide.to.x), y: area.y(guide.to.y))
    let line: HTML =
      "<path class=\"guide\(guide.isDashed ? " dashed" : "")\" d=\"M\(start.x) \(start.y)L\(end.x) \(end.y)\"/>"
    return line + labels.along(guide.label, from: start, to: end)
  }
}
