/// Latency against output length: the original benchmark's first figure.
enum LatencyFigures {
  /// One figure for each system and input length, one series for each batch size. Where a system has one output length,
  /// its input lengths are one figure; where it has one of both, all systems are one figure, along the batch size.
  static func figures(_ systems: [ReportSystem]) -> (shown: [Figure], hidden: Int) {
    var figures: [Figure] = []
    var fixed: [(lengths: FixedLengths, system: String, rows: [ReportRow])] = []
    for system in systems {
      for (variant, rows) in Grouped.by(system.measured, { Variant(dtype: $0.dtype, usesCache: $0.usesCache) }) {
        let cache = variant.usesCache ? "" : ", without a KV cache"
        let name = systems.count > 1 ? system.label(with: variant.dtype) : variant.dtype
        let inputs = Grouped.by(rows, \.inputLength)
        if let output = rows.first?.outputLength, rows.allSatisfy({ $0.outputLength == output }) {
          if inputs.count == 1 {
            let lengths = FixedLengths(input: inputs[0].key, output: output, usesCache: variant.usesCache)
            fixed.append((lengths, name, rows))
            continue
          }
          let title = "\(name), \(counted(output, "token")) out\(cache): latency against input length"
          figures.append(figure(figures.count, title, "input length (tokens)", rows, \.inputLength, oneOutputLength))
          continue
        }
        for (input, rows) in inputs {
          let title = "\(name), \(counted(input, "token")) in\(cache): latency against output length"
          figures.append(figure(figures.count, title, "output length (tokens)", rows, \.outputLength, caption(rows)))
        }
      }
    }
    for (lengths, entries) in Grouped.by(fixed, { $0.lengths }) {
      figures.append(figure(figures.count, lengths, entries.map { (name: $0.system, rows: $0.rows) }))
    }
    let limit = 12
    return (Array(figures.prefix(limit)), max(0, figures.count - limit))
  }

  private struct Variant: Hashable {
    var dtype: String
    var usesCache: Bool
  }

  private struct FixedLengths: Hashable {
    var input: Int
    var output: Int
    var usesCache: Bool
  }

  /// Latency against batch size, one series for each system.
  private static func figure(
    _ index: Int, _ lengths: FixedLengths, _ systems: [(name: String, rows: [ReportRow])]
  ) -> Figure {
    let batches = Set(systems.flatMap { $0.rows.map(\.batchSize) }).sorted()
    let cache = lengths.usesCache ? "" : ", without a KV cache"
    let series = systems.enumerated().map { index, system in
      LineChart.Series(
        name: system.name, style: SeriesStyle(index),
        points: points(system.rows, \.batchSize) { "\(system.name), batch \($0.batchSize)" })
    }
    return Figure(
      id: "latency-\(index)",
      title: "\(counted(lengths.input, "token")) in, \(lengths.output) out\(cache): latency against batch size",
      chart: LineChart(
        x: .init(
          label: "batch size", scale: batches.count > 1 ? .logarithmic : .linear, ticks: batches.map { Double($0) }),
        y: .init(label: "latency of a generate call (s)", including: [0]), series: series),
      caption: HTML.text(oneOutputLength))
  }

  private static func points(
    _ rows: [ReportRow], _ x: KeyPath<ReportRow, Int>, _ detail: (ReportRow) -> String
  ) -> [LineChart.Point] {
    rows.sorted { $0[keyPath: x] < $1[keyPath: x] }.compactMap { row in
      row.latency.map {
        LineChart.Point(
          x: Double(row[keyPath: x]), y: $0, interval: row.latencyInterval,
          detail: "\(detail(row)): \(Quantity.seconds($0))")
      }
    }
  }

  private static func figure(
    _ index: Int, _ title: String, _ label: String, _ rows: [ReportRow], _ length: KeyPath<ReportRow, Int>,
    _ caption: String
  ) -> Figure {
    Figure(
      id: "latency-\(index)", title: title,
      chart: LineChart(
        x: .init(label: label), y: .init(label: "latency of a generate call (s)"), series: series(rows, length)),
      caption: HTML.text(caption))
  }

  private static func series(_ rows: [ReportRow], _ length: KeyPath<ReportRow, Int>) -> [LineChart.Series] {
    let groups = Grouped.by(rows, \.batchSize).sorted { $0.key < $1.key }
    return groups.enumerated().map { index, group in
      LineChart.Series(
        name: "batch \(group.key)", style: SeriesStyle(index),
        points: points(group.rows, length) { counted($0[keyPath: length], "token") })
    }
  }

  private static let oneOutputLength =
    "One output length was measured; more of them, as with output_lengths=[1,11,101], show the slope: the time that each "
    + "further token takes."

  /// What the slope of the longest series says, where there is one.
  private static func caption(_ rows: [ReportRow]) -> String {
    let batches = Grouped.by(rows, \.batchSize)
    guard let longest = batches.max(by: { $0.rows.count < $1.rows.count }),
      let slope = slope(longest.rows)
    else { return oneOutputLength }
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
  static func by<Row, Key: Hashable>(_ rows: [Row], _ key: (Row) -> Key) -> [(key: Key, rows: [Row])] {
    var place: [Key: Int] = [:]
    var groups: [(key: Key, rows: [Row])] = []
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
