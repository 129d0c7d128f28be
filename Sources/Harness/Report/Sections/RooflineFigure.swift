/// Prefill and decode under the measured ceilings (Williams, Waterman and Patterson, *Roofline*, 2009).
enum RooflineFigure {
  /// A trial's phase as a point of the roofline.
  struct Point: Sendable, Equatable {
    var row: ReportRow
    var phase: Phase
    /// FLOP per byte.
    var intensity: Double
    /// FLOP per second.
    var rate: Double

    /// The highest rate that the ceilings allow at this intensity, FLOP per second.
    func limit(_ ceilings: Ceilings) -> Double {
      min(ceilings.operationsPerSecond, intensity * ceilings.bytesPerSecond)
    }
  }

  /// `nil` for what lacks a figure or, in decode, recomputes the sequence.
  static func point(_ row: ReportRow, _ phase: Phase) -> Point? {
    switch phase {
    case .prefill:
      guard let flop = row.prefillFLOP, let bytes = row.prefillBytes, let seconds = row.timeToFirstToken else {
        return nil
      }
      return Point(row: row, phase: phase, intensity: flop / bytes, rate: flop / seconds)
    case .decode:
      guard row.usesCache, let flop = row.decodeFLOP, let bytes = row.decodeBytes, let seconds = row.timePerOutputToken
      else { return nil }
      return Point(row: row, phase: phase, intensity: flop / bytes, rate: flop / seconds)
    }
  }

  static func points(_ rows: [ReportRow]) -> [Point] {
    Phase.allCases.flatMap { phase in rows.filter(\.isMeasured).compactMap { point($0, phase) } }
  }

  /// The roofline of one system; `nil` without ceilings or without points.
  static func figure(_ system: ReportSystem, id: String, title: String) -> Figure? {
    let points = points(system.rows)
    guard let ceilings = system.ceilings, !points.isEmpty else { return nil }
    let ridge = ceilings.operationsPerSecond / ceilings.bytesPerSecond
    return Figure(
      id: id, title: title, chart: chart(points, ceilings),
      caption: HTML.text(
        "The slope is the read bandwidth, the roof the peak arithmetic, both measured here; they meet at "
          + "\(Quantity.number(ridge)) FLOP per byte. Bytes are those that a phase must move: weights, keys and values."
      ))
  }

  static func chart(_ points: [Point], _ ceilings: Ceilings) -> LineChart {
    let (peak, bandwidth) = (ceilings.operationsPerSecond * 1e-9, ceilings.bytesPerSecond * 1e-9)
    let ridge = peak / bandwidth
    let intensities = points.map(\.intensity) + [ridge]
    let low = (intensities.min() ?? ridge) / 2
    let high = (intensities.max() ?? ridge) * 2
    var guides = [
      LineChart.Guide(
        from: (low, low * bandwidth), to: (ridge, peak), label: "read bandwidth \(Quantity.number(bandwidth)) GB/s"),
      LineChart.Guide(from: (ridge, peak), to: (high, peak), label: "peak \(Quantity.number(peak)) GFLOP/s"),
    ]
    let fp32 = ceilings.fp32OperationsPerSecond * 1e-9
    if abs(fp32 - peak) > 0.05 * peak {
      guides.append(
        .init(
          from: (fp32 / bandwidth, fp32), to: (high, fp32), label: "fp32 peak \(Quantity.number(fp32))", isDashed: true)
      )
    }
    let series = Phase.allCases.compactMap { phase -> LineChart.Series? in
      let points = points.filter { $0.phase == phase }
      guard !points.isEmpty else { return nil }
      var labelled: Set<Int> = []
      return LineChart.Series(
        name: phase.rawValue, style: .phase(phase),
        points: points.map { point in
          let isFirst = labelled.insert(point.row.batchSize).inserted
          return LineChart.Point(
            x: point.intensity, y: point.rate * 1e-9, label: isFirst ? "batch \(point.row.batchSize)" : "",
            detail: detail(point, ceilings))
        }, hasLine: false)
    }
    return LineChart(
      x: .init(
        label: "arithmetic intensity (FLOP per byte)", scale: .logarithmic, including: [low, high]),
      y: .init(label: "GFLOP/s", scale: .logarithmic, including: [low * bandwidth, peak * 1.3]), series: series,
      guides: guides)
  }

  private static func detail(_ point: Point, _ ceilings: Ceilings) -> String {
    "\(point.phase.rawValue), batch \(point.row.batchSize), \(point.row.inputLength) in, \(point.row.outputLength) out: "
      + "\(Quantity.number(point.intensity)) FLOP per byte, \(Quantity.number(point.rate * 1e-9)) GFLOP/s, "
      + "\(Quantity.percent(point.rate / point.limit(ceilings))) of the roofline"
  }

  static func table(_ system: ReportSystem, fileName: String) -> DataTable? {
    guard let ceilings = system.ceilings else { return nil }
    var table = DataTable(
      caption: "Both phases against the ceilings",
      columns: [
        .text("trial"), .text("phase"), .number("FLOP per byte"), .number("GFLOP/s"), .number("limit, GFLOP/s"),
        .number("of the limit"), .text("limited by"), .number("measured / predicted time"),
      ], fileName: fileName)
    for point in points(system.rows) {
      let limit = point.limit(ceilings)
      table.rows.append([
        .text(point.row.name), .text(point.phase.rawValue), .number(point.intensity), .number(point.rate * 1e-9),
        .number(limit * 1e-9), .number(point.rate / limit, Quantity.percent),
        .text(limit < ceilings.operationsPerSecond ? "read bandwidth" : "arithmetic"),
        .number(point.row.measuredOverPredicted(point.phase)),
      ])
    }
    return table.rows.isEmpty ? nil : table
  }
}
