/// All trials of all systems with their figures.
enum SummaryTable {
  static func table(_ systems: [ReportSystem]) -> DataTable {
    var table = DataTable(
      caption: "Every trial",
      columns: [
        .text("trial"), .text("status"), .number("batch"), .number("in"), .number("out"), .number("latency"),
        .number("±"),
        .number("tokens/s"), .number("TTFT"), .number("TPOT"), .number("prefill tokens/s"), .number("decode tokens/s"),
        .number("MFU"), .number("MBU"),
      ], fileName: "trials")
    if systems.count > 1 { table.columns.insert(.text("system"), at: 1) }
    for system in systems {
      for row in system.rows {
        var cells: [DataTable.Cell] = [
          .text(row.name), .text(row.status), .count(row.batchSize), .count(row.inputLength), .count(row.outputLength),
          .number(row.latency, Quantity.seconds), .number(row.relativeDeviation, Quantity.percent),
          .number(row.throughput), .number(row.timeToFirstToken, Quantity.seconds),
          .number(row.timePerOutputToken, Quantity.seconds), .number(row.prefillRate), .number(row.decodeRate),
          .number(row.modelFLOPUtilization, Quantity.percent),
          .number(row.memoryBandwidthUtilization, Quantity.percent),
        ]
        if !row.isMeasured { cells.replaceSubrange(5..., with: Array(repeating: .text(""), count: 9)) }
        if systems.count > 1 { cells.insert(.text(system.label), at: 1) }
        table.rows.append(cells)
      }
    }
    return table
  }

  /// The best of each phase, a card each.
  static func cards(_ systems: [ReportSystem]) -> HTML {
    let rows = systems.flatMap { system in system.measured.map { (system.label, $0) } }
    func card(
      _ title: String, _ key: (ReportRow) -> Double?, best: (Double, Double) -> Bool, _ words: (Double) -> String,
      note: (Double) -> String = { _ in "" }
    ) -> HTML {
      let candidates = rows.compactMap { label, row in key(row).map { (label, row, $0) } }
      guard let (label, row, value) = candidates.max(by: { best($1.2, $0.2) }) else { return .empty }
      let system = systems.count > 1 ? "\(label): " : ""
      let place = "\(system)batch \(row.batchSize), \(row.inputLength) in, \(row.outputLength) out\(note(value))"
      return "<div class=\"card\"><dt>\(title)</dt><dd>\(words(value))<small>\(place)</small></dd></div>\n"
    }
    let cards =
      card("Fastest prefill, tokens/s", \.prefillRate, best: >, Quantity.number)
      + card("Fastest decode, tokens/s", \.decodeRate, best: >, Quantity.number)
      + card("Shortest wait between tokens", { $0.usesCache ? $0.timePerOutputToken : nil }, best: <, Quantity.seconds)
      + card("Highest MFU in prefill", \.modelFLOPUtilization, best: >, Quantity.percent)
      + card("Highest MBU in decode", \.memoryBandwidthUtilization, best: >, Quantity.percent) {
        $0 > 1.02 ? "; above what memory gives: read from caches" : ""
      }
    return cards.isEmpty ? .empty : "<dl class=\"cards\">\n\(cards)</dl>\n"
  }
}
