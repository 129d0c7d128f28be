/// Latency against output length: the original benchmark's first figure.
enum LatencyFigures {
  /// One figure for each system and input length, one series for each batch size.
  static func figures(_ systems: [ReportSystem]) -> (shown: [Figure], hidden: Int) {
    var figures: [Figure] = []
    for system in systems {
      let groups = Grouped.by(system.measured) {
        Group(dtype: $0.dtype, input: $0.inputLength, usesCache: $0.usesCache)
      }
      for (group, rows) in groups {
        let cache = group.usesCache ? "" : ", without a KV cache"
        let name = systems.count > 1 ? system.label(with: group.dtype) : group.dtype
        figures.append(
          Figure(
            id: "latency-\(figures.count)",
            title: "\(name), \(counted(group.input, "token")) in\(cache): latency against output length",
            chart: LineChart(
              x: .init(label: "output length (tokens)"), y: .init(label: "latency of a generate call (s)"),
              series: series(rows)),
            caption: HTML.text(caption(rows))))
      }
    }
    let limit = 12
    return (Array(figures.prefix(limit)), max(0, figures.count - limit))
  }

  private struct Group: Hashable {
    var dtype: String
    var input: Int
    var usesCache: Bool
  }

  private static func series(_ rows: [ReportRow]) -> [LineChart.Series] {
    let groups = Grouped.by(rows, \.batchSize).sorted { $0.key < $1.key }
    return groups.enumerated().map { index, group in
      LineChart.Series(
        name: "batch \(group.key)", style: SeriesStyle(index),
        points: group.rows.sorted { $0.outputLength < $1.outputLength }.compactMap { row in
          row.latency.map { latency in
            LineChart.Point(
              x: Double(row.outputLength), y: latency, interval: row.latencyInterval,
              detail: "\(counted(row.outputLength, "token")) in \(Quantity.seconds(latency))")
          }
        })
    }
  }

  /// What the slope of the longest series says, where there is one.
  private static func caption(_ rows: [ReportRow]) -> String {
    let batches = Grouped.by(rows, \.batchSize)
    guard let longest = batches.max(by: { $0.rows.count < $1.rows.count }),
      let slope = slope(longest.rows)
    else {
      return
        "One output length was measured; more of them, as with output_lengths=[1,11,101], show the slope: the time "
        + "that each further token takes."
    }
    return "Each further token takes a decode step, so latency grows along a line: at batch \(longest.key) by "
      + "\(Quantity.seconds(slope)) a token. Bars are bootstrap 95 % intervals where they are wider than the marks."
  }

  /// Seconds per further token: the slope of the least-squares line through the latencies.
  static func slope(_ rows: [ReportRow]) -> Double? {
    let points = rows.compactMap { row in row.latency.map { (x: Double(row.outputLength), y: $0) } }
    guard let first = points.first, points.contains(where: { $0.x != first.x }) else { return nil }
    let count = Double(points.count)
    let (meanX, meanY) = (points.reduce(0) { $0 + $1.x } / count, points.reduce(0) { $0 + $1.y } / count)
    let slope =
      points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) }
      / points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
    return slope > 0 ? slope : nil
  }
}

/// Rows in groups, in the order in which each group is first seen.
enum Grouped {
  static func by<Key: Hashable>(
    _ rows: [ReportRow], _ key: (ReportRow) -> Key
  ) -> [(key: Key, rows: [ReportRow])] {
    var place: [Key: Int] = [:]
    var groups: [(key: Key, rows: [ReportRow])] = []
    for row in rows {
      let key = key(row)
      if let index = place[key] {
        groups[index].rows.append(row)
      } else {
        place[key] = groups.count
        groups.append((key, [row]))
      }
    }
    return groups
  }
}
