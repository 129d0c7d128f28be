/// What memory holds: weights, which every trial shares, and the KV cache, which grows with batch and length.
enum MemoryFigure {
  static func figure(_ rows: [ReportRow], id: String, title: String) -> (figure: Figure, hidden: Int)? {
    let trials = rows.filter { $0.weightBytes != nil && $0.kvCacheBytes != nil }
    // Of trials that differ in nothing that takes memory one is enough.
    let distinct = Grouped.by(trials) { [$0.batchSize, $0.inputLength + $0.outputLength] }.compactMap(\.rows.last)
    guard !distinct.isEmpty else { return nil }
    let limit = 16
    let shown =
      distinct.count <= limit ? distinct : (0..<limit).map { distinct[$0 * (distinct.count - 1) / (limit - 1)] }
    let most = shown.map { max($0.peakBytes ?? 0, ($0.weightBytes ?? 0) + ($0.kvCacheBytes ?? 0)) }.max() ?? 1
    let (unit, scale) = most >= 1e9 ? ("GB", 1e-9) : ("MB", 1e-6)
    let chart = BarChart(
      segments: ["weights", "KV cache", "the rest of the peak"],
      bars: shown.map { row in
        let (weights, cache) = (row.weightBytes ?? 0, row.kvCacheBytes ?? 0)
        // A trial that was refused has no peak.
        let rest = row.isMeasured ? max(0, (row.peakBytes ?? 0) - weights - cache) : 0
        return BarChart.Bar(
          name: "batch \(row.batchSize), \(row.inputLength) in, \(row.outputLength) out"
            + (row.isMeasured ? "" : " (\(row.status))"),
          values: [weights * scale, cache * scale, rest * scale], total: Quantity.bytes(weights + cache + rest),
          styles: colors)
      }, label: unit, text: { Quantity.bytes($0 / scale) })
    let figure = Figure(
      id: id, title: title, chart: chart, styles: colors,
      caption: "The rest: activations, the program, buffers. A trial that did not fit has what it asked for.")
    return (figure, distinct.count - shown.count)
  }

  /// Weights are what decode streams, the cache is what prefill fills; the rest is grey.
  private static let colors = [SeriesStyle.decode.color, SeriesStyle.prefill.color, 7]

  static func table(_ rows: [ReportRow], fileName: String) -> DataTable? {
    var table = DataTable(
      caption: "Memory of each trial",
      columns: [
        .text("trial"), .number("weights"), .number("KV cache"), .number("KV cache per token"),
        .number("peak resident"),
      ], fileName: fileName)
    for row in rows where row.weightBytes != nil || row.kvCacheBytes != nil {
      let tokens = Double(row.batchSize) * Double(row.inputLength + row.outputLength)
      table.rows.append([
        .text(row.name), .number(row.weightBytes, Quantity.bytes), .number(row.kvCacheBytes, Quantity.bytes),
        .number(row.kvCacheBytes.map { $0 / tokens }, Quantity.bytes), .number(row.peakBytes, Quantity.bytes),
      ])
    }
    return table.rows.isEmpty ? nil : table
  }
}
