/// Step 3: latency along the output length is a line, its slope a decode step, its beginning the prefill.
enum OutputLengthSection {
  static let id = "output-length"
  static let title = "Output length: a line and its slope"

  static func section(_ data: LessonData) -> LessonSection {
    let rows = data.measured("output-length").sorted { $0.outputLength < $1.outputLength }
    guard rows.count > 1, let first = rows.first, let last = rows.last, let short = first.latency,
      let long = last.latency, let slope = LatencyFigures.slope(rows)
    else { return .missing(id, title, data, "output-length") }
    let ratio = long / short
    let many = Double(last.outputLength) / Double(first.outputLength)
    let prediction = Prediction(
      "An answer of \(counted(first.outputLength, "token")) takes \(Quantity.seconds(short)), prompt included. How long does one of "
        + "\(last.outputLength) take?", value: ratio, bounds: [many / 50, many / 10, many / 2],
      measured: "\(Quantity.seconds(long)): \(Quantity.times(ratio)) as long for \(Quantity.times(many)) the tokens.",
      words: Prediction.times("as long"))
    return LessonSection(
      id: id, title: title,
      content: .measured(
        prediction, figure(rows), sentences(rows, slope),
        .init(
          question: "make the prompt long and the answer short, then the other way round. Which is the faster request?",
          command: data.command(
            "batch_sizes=[1] input_lengths=[\(first.inputLength), \(4 * first.inputLength)] "
              + "output_lengths=[1, \(min(101, last.outputLength))]"))))
  }

  private static func figure(_ rows: [ReportRow]) -> Figure {
    let points = rows.compactMap { row in
      row.latency.map {
        LineChart.Point(
          x: Double(row.outputLength), y: $0, interval: row.latencyInterval, label: Quantity.seconds($0),
          detail: "\(counted(row.outputLength, "token")) in \(Quantity.seconds($0))")
      }
    }
    var table = DataTable(
      caption: "Latency of a generate call",
      columns: [.number("output tokens"), .number("latency"), .number("of it prefill"), .number("mean decode step")],
      fileName: "output-length")
    for row in rows {
      table.rows.append([
        .count(row.outputLength), .number(row.latency, Quantity.seconds),
        .number(row.timeToFirstToken, Quantity.seconds), .number(row.timePerOutputToken, Quantity.seconds),
      ])
    }
    return Figure(
      id: "output-length-figure", title: "Latency against output length, batch 1",
      chart: LineChart(
        x: .init(label: "output length (tokens)"), y: .init(label: "latency (s)"),
        series: [.init(name: "measured", style: .decode, points: points)]), table: table)
  }

  private static func sentences(_ rows: [ReportRow], _ slope: Double) -> LessonSection.Sentences {
    let (first, last) = (rows[0], rows[rows.count - 1])
    let start = first.timeToFirstToken ?? 0
    let total = last.latency ?? 0
    let measured =
      "The line begins at \(Quantity.seconds(start)), the prefill of \(counted(first.inputLength, "token")), and rises by "
      + "\(Quantity.seconds(slope)) with every further token."
    let share = total > 0 ? start / total : 0
    let meaning =
      "At \(last.outputLength) tokens the prefill is \(Quantity.percent(share)) of the \(Quantity.seconds(total)); "
      + (share < 0.5
        ? "all else is decode, which is why long answers feel slow." : "the answer is still short against the prompt.")
    let steps = rows.compactMap { row in row.timePerOutputToken.map { (row.outputLength, $0) } }
    var reason = "Each further token is one more pass through the whole model, so the cost of a token stays the same."
    if let early = steps.first, let late = steps.last, early.0 != late.0 {
      let growth = late.1 / early.1
      // What the bytes of a longer cache can explain.
      let bytes = rows.compactMap(\.decodeBytes)
      let explained = bytes.count > 1 ? bytes[bytes.count - 1] / bytes[0] : 1
      if growth > 1.15, growth > 1.15 * explained {
        reason =
          "Each further token is one more pass through the whole model; that a pass became \(Quantity.times(growth)) as long "
          + "between \(early.0) and \(late.0) tokens is more than the \(Quantity.times(explained)) as many bytes of a longer "
          + "cache explain, so something else used the machine."
      } else if growth > 1.15 {
        reason =
          "Each further token is one more pass through the whole model, and a pass became \(Quantity.times(growth)) as long "
          + "between \(early.0) and \(late.0) tokens, as each also reads the keys and values of all tokens before it."
      } else if growth < 0.87 {
        reason =
          "Each further token is one more pass through the whole model; that the mean pass of the long answer was shorter, "
          + "\(Quantity.seconds(late.1)) against \(Quantity.seconds(early.1)), is the machine's unrest."
      } else {
        reason =
          "Each further token is one more pass through the whole model: \(Quantity.seconds(early.1)) in the short answers, "
          + "\(Quantity.seconds(late.1)) in the longest."
      }
    }
    return .init(measured: measured, meaning: meaning, reason: reason)
  }
}
