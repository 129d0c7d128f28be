/// A figure with everything that belongs to it: title, words for readers who do not see it, legend, drawings, data.
struct Figure: Sendable, Equatable {
  /// Unique on the page; letters, digits and hyphens.
  var id: String
  var title: String
  /// What the drawing shows, for those who do not see it.
  var description: String
  var legend: [Entry] = []
  var drawings: [Drawing]
  var caption: HTML = .empty
  var table: DataTable?

  struct Entry: Sendable, Equatable {
    var name: String
    var style: SeriesStyle
    var hasLine = true
  }

  struct Drawing: Sendable, Equatable {
    /// `nil`: for every width.
    var size: ChartSize?
    var width: Double
    var height: Double
    var content: HTML
    /// A heading of its own, in a figure of several panels.
    var title = ""
  }

  var html: HTML {
    var html: HTML = "<figure id=\"\(id)\"><figcaption>\(title)</figcaption>\n"
    if legend.count > 1 {
      html += "<ul class=\"legend\">"
      for entry in legend { html += "<li>\(entry.style.swatch(hasLine: entry.hasLine)) \(entry.name)</li>" }
      html += "</ul>\n"
    }
    let isPanels = drawings.contains { $0.size == nil }
    html += "<div class=\"\(isPanels ? "panels" : "chart")\">"
    for (index, drawing) in drawings.enumerated() { html += self.html(drawing, index) }
    html += "</div>\n"
    if !caption.isEmpty { html += "<p class=\"caption\">\(caption)</p>\n" }
    if let table {
      html += "<details class=\"figure-data\"><summary>Data of this figure</summary>\(table.html)</details>\n"
    }
    return html + "</figure>\n"
  }

  private func html(_ drawing: Drawing, _ index: Int) -> HTML {
    let name = "\(id)-\(index)"
    let heading: HTML = drawing.title.isEmpty ? "" : "<p class=\"panel-title\">\(drawing.title)</p>"
    let words = drawing.title.isEmpty ? title : "\(title): \(drawing.title)"
    return """
      <div class="drawing \(drawing.size?.rawValue ?? "panel")">\(heading)<svg role="img" aria-labelledby="\(name)-t \(name)-d" \
      viewBox="0 0 \(drawing.width) \(drawing.height)"><title id="\(name)-t">\(words)</title>\
      <desc id="\(name)-d">\(description)</desc>\(drawing.content)</svg></div>
      """
  }
}

extension Figure {
  /// A figure of one line chart, drawn for both sizes.
  init(
    id: String, title: String, chart: LineChart, caption: HTML = .empty, table: DataTable? = nil
  ) {
    self.init(
      id: id, title: title, description: Self.words(chart),
      legend: chart.series.map { Entry(name: $0.name, style: $0.style, hasLine: $0.hasLine && $0.points.count > 1) },
      drawings: ChartSize.allCases.map {
        Drawing(size: $0, width: $0.width, height: $0.height, content: chart.svg($0))
      }, caption: caption, table: table)
  }

  /// A figure of one bar chart, drawn for both sizes.
  init(
    id: String, title: String, chart: BarChart, styles: [Int]? = nil, caption: HTML = .empty, table: DataTable? = nil
  ) {
    let words = chart.bars.prefix(12).map { bar in
      let parts = zip(chart.segments, bar.values).filter { $0.1 > 0 }.map { "\($0.0) \(chart.text($0.1))" }
      return "\(bar.name): \(parts.joined(separator: ", "))"
    }
    self.init(
      id: id, title: title, description: words.joined(separator: "; ") + ".",
      legend: chart.segments.enumerated().map { index, name in
        Entry(name: name, style: SeriesStyle(color: styles?[index] ?? index, shape: .square), hasLine: false)
      },
      drawings: ChartSize.allCases.map {
        Drawing(size: $0, width: $0.width, height: chart.height($0), content: chart.svg($0))
      }, caption: caption, table: table)
  }

  /// Each series with its first and last point.
  private static func words(_ chart: LineChart) -> String {
    let series = chart.series.prefix(12).map { series -> String in
      guard let first = series.points.first, let last = series.points.last else { return "\(series.name): no points" }
      let points = series.points.count == 1 ? first.detail : "from \(first.detail) to \(last.detail)"
      return "\(series.name): \(points)"
    }
    let guides = chart.guides.map(\.label).filter { !$0.isEmpty }
    return "\(chart.y.label) against \(chart.x.label). \(series.joined(separator: "; "))."
      + (guides.isEmpty ? "" : " Lines: \(guides.joined(separator: "; ")).")
  }
}
