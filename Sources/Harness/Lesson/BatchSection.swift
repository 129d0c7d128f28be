/// Step 5: sequences that are decoded together share the reading of the weights.
enum BatchSection {
  static let id = "batch"
  static let title = "Batch size: sharing the weights"

  static func section(_ data: LessonData) -> LessonSection {
    let rows = data.measured("batch").filter { $0.decodeRate != nil }.sorted { $0.batchSize < $1.batchSize }
    guard rows.count > 1, let first = rows.first, let last = rows.last, let one = first.decodeRate,
      let many = last.decodeRate, last.batchSize > first.batchSize
    else { return .missing(id, title, data, "batch") }
    let ratio = many / one
    let factor = Double(last.batchSize) / Double(first.batchSize)
    let prediction = Prediction(
      "Decode writes \(Quantity.number(one)) tokens/s at batch \(first.batchSize). How many times that at batch "
        + "\(last.batchSize)?", value: ratio, bounds: [factor / 16, factor / 4, factor * 0.75],
      measured: "\(Quantity.number(many)) tokens/s: \(Quantity.times(ratio)) as many.",
      words: Prediction.times("as many"))
    return LessonSection(
      id: id, title: title,
      content: .measured(
        prediction, figure(rows, data.ceilings("batch", "phases")),
        sentences(rows, data.ceilings("batch", "phases")),
        .init(
          question: "shorten the prompt, so that the KV cache is small. Does decode gain more from the batch?",
          command: data.command(
            "batch_sizes=\(rows.map(\.batchSize)) input_lengths=[\(max(1, first.inputLength / 8))] "
              + "output_lengths=[\(first.outputLength)] --format markdown"))))
  }

  private static func figure(_ rows: [ReportRow], _ ceilings: Ceilings?) -> Figure {
    func series(_ phase: Phase, _ rate: (ReportRow) -> Double?) -> LineChart.Series {
      .init(
        name: phase.rawValue, style: .phase(phase),
        points: rows.compactMap { row in
          rate(row).map {
            .init(
              x: Double(row.batchSize), y: $0, label: Quantity.number($0),
              detail: "batch \(row.batchSize): \(Quantity.number($0)) tokens/s")
          }
        })
    }
    var table = DataTable(
      caption: "Both phases at each batch size",
      columns: [
        .number("batch"), .number("prefill tokens/s"), .number("decode tokens/s"), .number("decode step"),
        .number("FLOP per byte"), .text("decode limited by"),
      ], fileName: "batch")
    for row in rows {
      let point = RooflineFigure.point(row, .decode)
      let limit = point.flatMap { point in
        ceilings.map { point.limit($0) < $0.operationsPerSecond ? "read bandwidth" : "arithmetic" }
      }
      table.rows.append([
        .count(row.batchSize), .number(row.prefillRate), .number(row.decodeRate),
        .number(row.timePerOutputToken, Quantity.seconds), .number(point?.intensity), .text(limit ?? ""),
      ])
    }
    return Figure(
      id: "batch-figure", title: "Tokens a second against batch size",
      chart: LineChart(
        x: .init(label: "batch size", scale: .logarithmic, ticks: rows.map { Double($0.batchSize) }),
        y: .init(label: "tokens/s of all sequences", scale: .logarithmic),
        series: [series(.prefill, \.prefillRate), series(.decode, \.decodeRate)]), table: table)
  }

  private static func sentences(_ rows: [ReportRow], _ ceilings: Ceilings?) -> LessonSection.Sentences {
    let (first, last) = (rows[0], rows[rows.count - 1])
    let decode = (last.decodeRate ?? 1) / (first.decodeRate ?? 1)
    let prefill = (last.prefillRate ?? 1) / (first.prefillRate ?? 1)
    let measured =
      "From batch \(first.batchSize) to \(last.batchSize) decode grew from \(Quantity.number(first.decodeRate ?? 0)) to "
      + "\(Quantity.number(last.decodeRate ?? 0)) tokens/s, \(Quantity.times(decode)), and prefill from "
      + "\(Quantity.number(first.prefillRate ?? 0)) to \(Quantity.number(last.prefillRate ?? 0)), \(Quantity.times(prefill))."
    return .init(measured: measured, meaning: sharing(rows, decode), reason: bound(rows, ceilings))
  }

  private static func sharing(_ rows: [ReportRow], _ gain: Double) -> String {
    let base = rows[0].timePerOutputToken ?? 1
    let cheap = rows.last { ($0.timePerOutputToken ?? .infinity) < 1.5 * base }
    if let cheap, cheap.batchSize > rows[0].batchSize {
      return
        "A decode step of \(cheap.batchSize) sequences took \(Quantity.seconds(cheap.timePerOutputToken ?? 0)) and one of "
        + "\(rows[0].batchSize) took \(Quantity.seconds(base)): the weights are read once for all sequences, and reading them "
        + "was most of the work."
    }
    return gain > 1.2
      ? "The weights are read once for all sequences of a step, so a step of more sequences costs less for each."
      : "Sharing the reading of the weights did not pay here: something else already set the pace at batch \(rows[0].batchSize)."
  }

  /// Where decode becomes compute-bound, by its arithmetic intensity against the ridge of the roofline.
  private static func bound(_ rows: [ReportRow], _ ceilings: Ceilings?) -> String {
    let points = rows.compactMap { RooflineFigure.point($0, .decode) }
    guard let ceilings, let last = points.last, let first = points.first else {
      return "Where arithmetic takes over cannot be said without the machine's ceilings."
    }
    let ridge = ceilings.operationsPerSecond / ceilings.bytesPerSecond
    let place = "\(Quantity.number(ridge)) FLOP per byte, where this machine's arithmetic becomes the limit"
    if let crossing = points.first(where: { $0.intensity >= ridge }) {
      return crossing.row.batchSize == first.row.batchSize
        ? "Even at batch \(first.row.batchSize) decode does more than \(place)."
        : "Each sequence adds arithmetic but shares the weights, so the intensity of decode rises from "
          + "\(Quantity.number(first.intensity)) FLOP per byte until it passes \(place): here that is so from batch "
          + "\(crossing.row.batchSize) on."
    }
    return
      "Up to batch \(last.row.batchSize) decode stays bound by memory: its \(Quantity.number(last.intensity)) FLOP per byte "
      + "do not reach \(place), as each sequence also brings keys and values of its own to read."
  }
}
