/// Where the time of each phase goes, from the rows of `run --profile`.
enum OperationFigure {
  /// One bar for each trial and phase, each a whole.
  ///
  /// - Parameter all: rows of each figure of the page, where the operations shall have the same colours.
  static func figure(_ rows: [ReportRow], among all: [[ReportRow]] = [], id: String, title: String) -> Figure? {
    let profiled = chosen(rows)
    let bars = profiled.flatMap { row in
      Phase.allCases.compactMap { phase in row.profile(phase).map { (row, phase, $0) } }
    }
    guard !bars.isEmpty else { return nil }
    let names = segmentNames(
      (all.isEmpty ? profiled : all.flatMap(chosen)).flatMap { row in Phase.allCases.compactMap(row.profile) })
    let chart = BarChart(
      segments: names,
      bars: bars.map { row, phase, profile in
        BarChart.Bar(
          name: "\(phase.rawValue), batch \(row.batchSize), \(row.inputLength) in, \(row.outputLength) out",
          values: values(profile, names).map { $0 * 100 },
          total: Quantity.seconds(profile.seconds / max(1, profile.tokens)) + (phase == .decode ? " a step" : ""))
      }, label: "% of the phase's time", text: { Quantity.percent($0 / 100) })
    return Figure(
      id: id, title: title, chart: chart,
      caption: "Each bar is a whole phase; behind it stands the time of the prefill or of one decode step.",
      table: table(profiled, fileName: id))
  }

  /// At most six trials: of each batch size the one with the longest output.
  private static func chosen(_ rows: [ReportRow]) -> [ReportRow] {
    let profiled = rows.filter { $0.isMeasured && $0.profile(.prefill) != nil }
    let best = Grouped.by(profiled, \.batchSize).compactMap { group in
      group.rows.max { ($0.outputLength, $0.inputLength) < ($1.outputLength, $1.inputLength) }
    }
    guard best.count > 6 else { return best }
    return (0..<6).map { best[$0 * (best.count - 1) / 5] }
  }

  static let rest = "norms, packing, the rest"

  /// The seven operations that take most, in the order of the pass, and one name for all others.
  private static func segmentNames(_ profiles: [ReportProfile]) -> [String] {
    var most: [String: Double] = [:]
    var order: [String] = []
    for profile in profiles {
      for operation in profile.operations {
        if most[operation.name] == nil { order.append(operation.name) }
        most[operation.name] = max(most[operation.name] ?? 0, profile.share(operation))
      }
    }
    let large = order.filter { (most[$0] ?? 0) > 0.02 }.sorted { (most[$0] ?? 0) > (most[$1] ?? 0) }
      .prefix(SeriesStyle.colorCount - 1)
    return order.filter(large.contains) + (order.count > large.count ? [rest] : [])
  }

  private static func values(_ profile: ReportProfile, _ names: [String]) -> [Double] {
    var values = [Double](repeating: 0, count: names.count)
    for operation in profile.operations {
      let index = names.firstIndex(of: operation.name) ?? names.count - 1
      values[index] += profile.share(operation)
    }
    return values
  }

  static func table(_ rows: [ReportRow], fileName: String) -> DataTable {
    var table = DataTable(
      caption: "Time per operation: milliseconds of the prefill, or of one decode step",
      columns: [
        .text("trial"), .text("phase"), .text("operation"), .number("ms"), .number("share"), .number("GFLOP"),
        .number("MB"), .number("FLOP per byte"), .number("of the roofline"),
      ], fileName: fileName)
    for row in rows {
      for phase in Phase.allCases {
        guard let profile = row.profile(phase) else { continue }
        let tokens = max(1, profile.tokens)
        for operation in profile.operations {
          table.rows.append([
            .text(row.name), .text(phase.rawValue), .text(operation.name), .number(operation.seconds * 1000 / tokens),
            .number(profile.share(operation), Quantity.percent),
            .number(operation.flop > 0 ? operation.flop * 1e-9 / tokens : nil),
            .number(operation.bytes > 0 ? operation.bytes * 1e-6 / tokens : nil),
            .number(operation.flop > 0 && operation.bytes > 0 ? operation.flop / operation.bytes : nil),
            .number(operation.rooflineFraction, Quantity.percent),
          ])
        }
      }
    }
    return table
  }
}
