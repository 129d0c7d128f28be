import Tensor

/// Step 7: fewer bytes for a weight help decode, faster products help prefill.
enum DTypeSection {
  static let id = "dtype"
  static let title = "dtype: fewer bytes, other arithmetic"

  /// One dtype's measurement: the shortest times of its turns, as what disturbs only adds.
  private struct Entry {
    var name: String
    /// Of the turn with the shortest step.
    var row: ReportRow
    var prefill: Double
    var step: Double
  }

  static func section(_ data: LessonData) -> LessonSection {
    let entries = data.plan.dtypes.compactMap { dtype -> Entry? in
      let turns = data.measured("dtype-\(dtype.rawValue)")
      guard let prefill = turns.compactMap(\.timeToFirstToken).min(),
        let step = turns.compactMap(\.timePerOutputToken).min(),
        let row = turns.first(where: { $0.timePerOutputToken == step })
      else { return nil }
      return Entry(name: dtype.rawValue, row: row, prefill: prefill, step: step)
    }
    guard let base = entries.first(where: { $0.name == "fp32" }),
      let other = entries.first(where: { $0.name == "bf16" }) ?? entries.first(where: { $0.name != "fp32" })
    else { return .missing(id, title, data, "dtype-fp32", "dtype-bf16") }
    let ratio = base.step / other.step
    let weights = (base: base.row.weightBytes ?? 0, other: other.row.weightBytes ?? 0)
    let prediction = Prediction(
      "The weights take \(Quantity.bytes(weights.base)) in fp32 and \(Quantity.bytes(weights.other)) in \(other.name). How many "
        + "times as fast does decode become?",
      value: ratio, bounds: [1.2, 1.7, 2.3],
      measured: "\(Quantity.times(ratio)) as fast: a step takes \(Quantity.seconds(other.step)) instead of "
        + "\(Quantity.seconds(base.step)).", words: Prediction.times("as fast"))
    return LessonSection(
      id: id, title: title,
      content: .measured(
        prediction, figure(data, entries, base), sentences(entries, base, other),
        .init(
          question: "keep the weights in \(other.name) but compute in fp32. Which phase notices?",
          command: data.command(
            "model_dtype=\(other.name) autocast_dtype=fp32 batch_sizes=[1] input_lengths=[\(other.row.inputLength)] "
              + "output_lengths=[\(other.row.outputLength)] --format markdown"))))
  }

  private static func figure(_ data: LessonData, _ entries: [Entry], _ base: Entry) -> Figure {
    let styles = [SeriesStyle.prefill.color, SeriesStyle.decode.color]
    let bars = entries.flatMap { entry -> [BarChart.Bar] in
      let (prefill, decode) = (base.prefill / entry.prefill, base.step / entry.step)
      return [
        .init(
          name: "\(entry.name), prefill", values: [prefill, 0],
          total: "\(Quantity.number(prefill))× (\(Quantity.seconds(entry.prefill)))", styles: styles),
        .init(
          name: "\(entry.name), decode", values: [0, decode],
          total: "\(Quantity.number(decode))× (\(Quantity.seconds(entry.step)))", styles: styles),
      ]
    }
    var table = DataTable(
      caption: "Each dtype at batch 1, the shortest of \(counted(data.plan.dtypeTurns, "turn"))",
      columns: [
        .text("dtype"), .number("weights"), .number("prefill"), .number("decode step"), .number("MFU in prefill"),
        .number("MBU in decode"),
      ], fileName: "dtype")
    for entry in entries {
      table.rows.append([
        .text(entry.name), .number(entry.row.weightBytes, Quantity.bytes), .number(entry.prefill, Quantity.seconds),
        .number(entry.step, Quantity.seconds), .number(entry.row.modelFLOPUtilization, Quantity.percent),
        .number(entry.row.memoryBandwidthUtilization, Quantity.percent),
      ])
    }
    return Figure(
      id: "dtype-figure", title: "Speed of each dtype, fp32 = 1",
      chart: BarChart(
        segments: ["prefill", "decode"], bars: bars, label: "times as fast as fp32",
        text: { "\(Quantity.number($0))×" }),
      styles: styles, table: table)
  }

  private static func sentences(_ entries: [Entry], _ base: Entry, _ other: Entry) -> LessonSection.Sentences {
    let (weights, smaller) = (base.row.weightBytes ?? 0, other.row.weightBytes ?? 0)
    let (decode, prefill) = (base.step / other.step, base.prefill / other.prefill)
    let measured =
      "The weights take \(Quantity.bytes(weights)) in fp32 and \(Quantity.bytes(smaller)) in \(other.name), and decode became "
      + "\(Quantity.times(decode)) as fast, prefill \(Quantity.times(prefill))."
    let bytes = weights / max(1, smaller)
    let meaning: String
    if decode > 1.15 {
      meaning =
        decode > 0.8 * bytes
        ? "Decode follows the bytes, since it waits for them."
        : "Decode gains from fewer bytes, though less than \(Quantity.times(bytes)): not all of its time is reading weights."
    } else if let utilization = other.row.memoryBandwidthUtilization, utilization > 0.6 {
      meaning =
        "Decode gained little although it read at \(Quantity.percent(utilization)) of the bandwidth measured beside it, so this "
        + "machine's bandwidth changed between the trials."
    } else {
      meaning = "Decode gained little from fewer bytes on this machine, so reading weights is not what it waits for."
    }
    func peak(_ entry: Entry) -> Double? { entry.row.ceilings?.operationsPerSecond }
    let reason: String
    if let fp32 = peak(base), let faster = peak(other), faster > 1.3 * fp32 {
      reason =
        "Prefill follows the arithmetic: products of \(other.name) pairs run at up to \(Quantity.number(faster * 1e-9)) GFLOP/s "
        + "here, those of fp32 at \(Quantity.number(fp32 * 1e-9))."
    } else if let half = entries.first(where: { $0.name == "fp16" }), base.prefill / half.prefill < 1.3, prefill > 1.3 {
      reason =
        "Prefill follows the arithmetic: fp16 has as few bytes, but no faster products here, and its prefill shows it."
    } else if prefill < 1.3 {
      reason =
        "Prefill follows the arithmetic, and this processor multiplies \(other.name) no faster than fp32, so it gains little."
    } else {
      reason = "Prefill gained too, though both dtypes have about the same peak: it has fewer bytes to move."
    }
    return .init(measured: measured, meaning: meaning, reason: reason)
  }
}
