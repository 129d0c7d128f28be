/// The two drawings of each chart. Text in a picture that is scaled down to a phone cannot be read, so a phone gets a
/// drawing of its own; the style sheet shows one of them.
enum ChartSize: String, CaseIterable, Sendable {
  case wide, narrow

  var width: Double { self == .wide ? 760 : 350 }
  var height: Double { self == .wide ? 420 : 330 }
  /// Ticks that an axis has room for.
  var horizontalTicks: Int { self == .wide ? 8 : 4 }
  var verticalTicks: Int { self == .wide ? 7 : 5 }
}

/// The area inside the axes, in pixels, with the axes that span it.
struct PlotArea {
  var left: Double
  var top: Double
  var right: Double
  var bottom: Double
  var x: ChartAxis
  var y: ChartAxis

  func x(_ value: Double) -> Double { left + x.fraction(value) * (right - left) }
  func y(_ value: Double) -> Double { bottom - y.fraction(value) * (bottom - top) }

  /// Grid, tick labels and axis titles.
  var frame: HTML {
    var svg: HTML = "<g class=\"grid\">"
    for tick in x.ticks { svg += "<path d=\"M\(x(tick)) \(top)V\(bottom)\"/>" }
    for tick in y.ticks { svg += "<path d=\"M\(left) \(y(tick))H\(right)\"/>" }
    svg += "</g><path class=\"axis\" d=\"M\(left) \(top)V\(bottom)H\(right)\"/><g class=\"ticks\">"
    for tick in x.ticks {
      svg += "<text x=\"\(x(tick))\" y=\"\(bottom + 17)\" text-anchor=\"middle\">\(Quantity.tick(tick))</text>"
    }
    for tick in y.ticks {
      svg += "<text x=\"\(left - 7)\" y=\"\(y(tick) + 4)\" text-anchor=\"end\">\(Quantity.tick(tick))</text>"
    }
    svg += "</g><text class=\"axis-title\" x=\"\((left + right) / 2)\" y=\"\(bottom + 37)\" text-anchor=\"middle\">"
    svg += "\(x.label)</text><text class=\"axis-title\" x=\"\(left - Self.yLabelSpace)\" y=\"\(top - 12)\">"
    svg += "\(y.label)</text>"
    return svg
  }

  /// Room for tick labels left of the area; the title of the vertical axis stands above them, where it can be read
  /// without turning one's head.
  static let yLabelSpace = 46.0

  /// The area of a chart of this size.
  init(_ size: ChartSize, x: ChartAxis, y: ChartAxis) {
    self.init(width: size.width, height: size.height, x: x, y: y)
  }

  init(width: Double, height: Double, x: ChartAxis, y: ChartAxis) {
    left = Self.yLabelSpace + 2
    top = 30
    right = width - 14
    bottom = height - 46
    self.x = x
    self.y = y
  }
}
