/// Step 1: a token read against a token written.
enum PhasesSection {
  static let id = "phases"
  static let title = "Reading a token and writing one"

  static func section(_ data: LessonData) -> LessonSection {
    guard let row = data.measured("phases").last, let prefill = row.timeToFirstToken, let step = row.timePerOutputToken
    else { return .missing(id, title, data, "phases") }
    let read = prefill / Double(row.inputLength)
    let ratio = step / read
    let prediction = Prediction(
      "Prefill reads each of \(row.inputLength) prompt tokens in \(Quantity.seconds(read)) on average. How long does decode "
        + "take to write one?", value: ratio, bounds: [1.5, 5, 20],
      measured: "\(Quantity.seconds(step)) a token: \(Quantity.times(ratio)) as long as reading one.",
      words: Prediction.times("as long"))
    return LessonSection(
      id: id, title: title,
      content: .measured(
        prediction, figure(row, read, step), sentences(row, prefill, read, step),
        .init(
          question: "double the prompt. Which of the two times changes?",
          command: data.command(
            "batch_sizes=[1] input_lengths=[\(row.inputLength), \(2 * row.inputLength)] "
              + "output_lengths=[\(row.outputLength)] --format markdown"))))
  }

  private static func figure(_ row: ReportRow, _ read: Double, _ step: Double) -> Figure {
    let chart = BarChart(
      segments: ["prefill", "decode"],
      bars: [
        .init(
          name: "reading one prompt token (prefill)", values: [read * 1000, 0], total: Quantity.seconds(read),
          styles: styles),
        .init(
          name: "writing one token (decode)", values: [0, step * 1000], total: Quantity.seconds(step), styles: styles),
      ], label: "ms a token", text: { Quantity.seconds($0 / 1000) })
    var table = DataTable(
      caption: "The samples", columns: [.text("sample"), .number("prefill"), .number("mean decode step")],
      fileName: "phases")
    for (index, sample) in (row.value["samples"]?.arrayValue ?? []).enumerated() {
      let steps = (sample["token_s"]?.arrayValue ?? []).compactMap { ReportRow.positive($0) }
      table.rows.append([
        .text("\(index + 1)"), .number(ReportRow.positive(sample["prefill_s"]), Quantity.seconds),
        .number(steps.isEmpty ? nil : Statistics.mean(steps), Quantity.seconds),
      ])
    }
    return Figure(
      id: "phases-figure", title: "Time per token in each phase, batch 1", chart: chart, styles: styles, table: table)
  }

  private static let styles = [SeriesStyle.prefill.color, SeriesStyle.decode.color]

  private static func sentences(
    _ row: ReportRow, _ prefill: Double, _ read: Double, _ step: Double
  ) -> LessonSection.Sentences {
    let ratio = step / read
    let measured =
      "Your machine read \(row.inputLength) prompt tokens in \(Quantity.seconds(prefill)), and then needed "
      + "\(Quantity.seconds(step)) for each further token."
    var meaning = "A token's time therefore depends on the phase that it is in."
    if let prefillFLOP = row.prefillFLOP, let decodeFLOP = row.decodeFLOP {
      let (one, other) = (prefillFLOP / Double(row.inputLength), decodeFLOP)
      let arithmetic =
        "a prompt token asks for \(Quantity.number(one * 1e-9)) GFLOP and a written one for "
        + "\(Quantity.number(other * 1e-9))"
      meaning =
        ratio > 1.5 * other / one
        ? "Arithmetic does not explain it: \(arithmetic)."
        : "The arithmetic differs about as much: \(arithmetic)."
    }
    let weights = row.weightBytes.map(Quantity.bytes) ?? "all"
    let reason =
      ratio > 1.5
      ? "What differs is the reading: prefill fetches the \(weights) of weights for many tokens at once, decode fetches them "
        + "again for every single token."
      : "Decode fetches the \(weights) of weights for every single token; here that costs little, as it does when a cache "
        + "holds the model or when other work hides it."
    return .init(measured: measured, meaning: meaning, reason: reason)
  }
}

extension LessonSection {
  /// A step whose experiment has no rows.
  static func missing(_ id: String, _ title: String, _ data: LessonData, _ experiments: String...) -> LessonSection {
    let why = experiments.lazy.compactMap { data.failures[$0] ?? data.rows[$0]?.first { !$0.isMeasured }?.failure }
      .first
    return LessonSection(id: id, title: title, content: .missing(why ?? "too little could be measured."))
  }
}
