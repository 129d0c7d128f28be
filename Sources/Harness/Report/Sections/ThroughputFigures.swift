/// Latency against throughput over batch sizes, several systems in one figure: the original benchmark's second figure.
enum ThroughputFigures {
  /// One figure for each pair of lengths, one series for each system; those with most points come first.
  static func figures(_ systems: [ReportSystem]) -> (shown: [Figure], hidden: Int) {
    var lengths: [Lengths: Int] = [:]
    for row in systems.flatMap(\.measured) { lengths[Lengths(row), default: 0] += 1 }
    let ordered = lengths.sorted {
      $0.value != $1.value ? $0.value > $1.value : ($1.key.output, $1.key.input) < ($0.key.output, $0.key.input)
    }.map(\.key)
    let limit = 6
    let figures = ordered.prefix(limit).enumerated().map { index, lengths in
      Figure(
        id: "throughput-\(index)",
        title: "\(counted(lengths.input, "token")) in, \(lengths.output) out: latency against throughput",
        chart: LineChart(
          x: .init(label: "throughput (generated tokens/s)", scale: .logarithmic),
          y: .init(label: "latency of a generate call (s)", scale: .logarithmic),
          series: series(systems, lengths)),
        caption:
          "Each point is a batch size, written beside it. Further right is more work done, further down is less waiting."
      )
    }
    return (Array(figures), max(0, ordered.count - limit))
  }

  private struct Lengths: Hashable {
    var input: Int
    var output: Int

    init(_ row: ReportRow) {
      input = row.inputLength
      output = row.outputLength
    }
  }

  private struct Variant: Hashable {
    var dtype: String
    var usesCache: Bool
  }

  private static func series(_ systems: [ReportSystem], _ lengths: Lengths) -> [LineChart.Series] {
    var series: [LineChart.Series] = []
    for system in systems {
      let rows = system.measured.filter { Lengths($0) == lengths }
      for (variant, rows) in Grouped.by(rows, { Variant(dtype: $0.dtype, usesCache: $0.usesCache) }) {
        let points = rows.sorted { $0.batchSize < $1.batchSize }.compactMap { row -> LineChart.Point? in
          guard let latency = row.latency, let throughput = row.throughput else { return nil }
          return LineChart.Point(
            x: throughput, y: latency, interval: row.latencyInterval, label: "\(row.batchSize)",
            detail: "batch \(row.batchSize): \(Quantity.number(throughput)) tokens/s, \(Quantity.seconds(latency))")
        }
        let cache = variant.usesCache ? "" : ", no KV cache"
        series.append(
          .init(name: system.label(with: variant.dtype) + cache, style: SeriesStyle(series.count), points: points))
      }
    }
    return series
  }
}
