/// How the times between tokens are spread: a mean hides the token that came late.
enum TokenTimeFigure {
  /// One panel for each trial with decode steps, 12 of them at most.
  static func figure(_ rows: [ReportRow], id: String, title: String) -> (figure: Figure, hidden: Int)? {
    let trials = rows.filter { $0.isMeasured && $0.usesCache && $0.outputLength > 1 }
      .map { ($0, $0.tokenSeconds.sorted()) }.filter { !$0.1.isEmpty }
    guard !trials.isEmpty else { return nil }
    // With few panels to show, those with most tokens tell most.
    let limit = 12
    let least = trials.map(\.1.count).sorted(by: >).prefix(limit).last ?? 0
    let shown = trials.filter { $0.1.count >= least }.prefix(limit)
    let drawings = shown.compactMap { row, times -> Figure.Drawing? in
      guard let histogram = Histogram(times) else { return nil }
      let marks = [("p50", 50.0), ("p99", 99.0)].map { ($0.0, Statistics.percentile(times, $0.1)) }
      return Figure.Drawing(
        size: nil, width: Histogram.width, height: Histogram.height,
        content: histogram.svg(label: "ms between tokens", scale: 1000, marks: marks, color: SeriesStyle.decode.color),
        title: "batch \(row.batchSize), \(row.inputLength) in, \(row.outputLength) out: "
          + counted(times.count, "token"))
    }
    let words = shown.map { row, times in
      "batch \(row.batchSize), \(row.inputLength) in, \(row.outputLength) out: median "
        + "\(Quantity.seconds(Statistics.percentile(times, 50))), p99 \(Quantity.seconds(Statistics.percentile(times, 99)))"
    }
    let figure = Figure(
      id: id, title: title, description: words.joined(separator: "; ") + ".", drawings: drawings,
      caption: "Every token of every sample after the first. Times beyond four medians share the last bar.")
    return (figure, trials.count - shown.count)
  }

  static func table(_ rows: [ReportRow], fileName: String) -> DataTable? {
    var table = DataTable(
      caption: "Milliseconds between tokens",
      columns: [
        .text("trial"), .number("tokens"), .number("min"), .number("mean"), .number("p50"), .number("p90"),
        .number("p99"),
        .number("max"),
      ], fileName: fileName)
    for row in rows where row.isMeasured {
      let times = row.tokenSeconds.sorted()
      guard let first = times.first, let last = times.last else { continue }
      func milliseconds(_ seconds: Double) -> DataTable.Cell { .number(seconds * 1000) }
      table.rows.append(
        [.text(row.name), .count(times.count), milliseconds(first), milliseconds(Statistics.mean(times))]
          + [50, 90, 99].map { milliseconds(Statistics.percentile(times, $0)) } + [milliseconds(last)])
    }
    return table.rows.isEmpty ? nil : table
  }
}
