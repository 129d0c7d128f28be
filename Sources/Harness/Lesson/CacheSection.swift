/// Step 4: what the KV cache saves.
enum CacheSection {
  static let id = "cache"
  static let title = "With and without a KV cache"

  static func section(_ data: LessonData) -> LessonSection {
    func sorted(_ id: String) -> [ReportRow] { data.measured(id).sorted { $0.outputLength < $1.outputLength } }
    let (with, without) = (sorted("cache"), sorted("no-cache"))
    guard without.count > 1, let slow = without.last, let slowTime = slow.latency,
      let fast = with.last(where: { $0.outputLength == slow.outputLength }), let fastTime = fast.latency
    else { return .missing(id, title, data, "no-cache", "cache") }
    let ratio = slowTime / fastTime
    let prediction = Prediction(
      "With a KV cache, \(slow.outputLength) tokens take \(Quantity.seconds(fastTime)). How much longer do they take when "
        + "keys and values are computed anew for every token?", value: ratio, bounds: [1.5, 4, 10],
      measured: "\(Quantity.seconds(slowTime)): \(Quantity.times(ratio)) as long.", words: Prediction.times("as long"))
    return LessonSection(
      id: id, title: title,
      content: .measured(
        prediction, figure(with, without), sentences(slow, slowTime, fast, fastTime),
        .init(
          question:
            "try it with a prompt of \(counted(max(1, slow.inputLength / 8), "token")). Does the cache still pay?",
          command: data.command(
            "use_cache=false batch_sizes=[1] input_lengths=[\(max(1, slow.inputLength / 8))] "
              + "output_lengths=[1, \(slow.outputLength)]"))))
  }

  private static func figure(_ with: [ReportRow], _ without: [ReportRow]) -> Figure {
    func series(_ name: String, _ rows: [ReportRow], _ style: SeriesStyle) -> LineChart.Series {
      .init(
        name: name, style: style,
        points: rows.compactMap { row in
          row.latency.map {
            .init(
              x: Double(row.outputLength), y: $0, label: row == rows.last ? Quantity.seconds($0) : "",
              detail: "\(counted(row.outputLength, "token")) in \(Quantity.seconds($0))")
          }
        })
    }
    var table = DataTable(
      caption: "Latency of a generate call",
      columns: [.number("output tokens"), .number("with a KV cache"), .number("without"), .number("ratio")],
      fileName: "cache")
    for slow in without {
      let fast = with.first { $0.outputLength == slow.outputLength }?.latency
      table.rows.append([
        .count(slow.outputLength), .number(fast, Quantity.seconds), .number(slow.latency, Quantity.seconds),
        .number(slow.latency.flatMap { latency in fast.map { latency / $0 } }),
      ])
    }
    return Figure(
      id: "cache-figure", title: "Latency against output length, batch 1",
      chart: LineChart(
        x: .init(label: "output length (tokens)"), y: .init(label: "latency (s)"),
        series: [
          series("use_cache: false", without, SeriesStyle(1)), series("use_cache: true", with, SeriesStyle(0)),
        ]), table: table)
  }

  private static func sentences(
    _ slow: ReportRow, _ slowTime: Double, _ fast: ReportRow, _ fastTime: Double
  ) -> LessonSection.Sentences {
    let measured: String
    if let step = fast.timePerOutputToken, let again = slow.timePerOutputToken {
      measured =
        "A token took \(Quantity.seconds(step)) with the cache and \(Quantity.seconds(again)) without it, on average over "
        + "\(slow.outputLength) tokens."
    } else {
      measured =
        "\(slow.outputLength) tokens took \(Quantity.seconds(fastTime)) with the cache and \(Quantity.seconds(slowTime)) "
        + "without it."
    }
    let length = slow.inputLength + slow.outputLength
    let meaning =
      "Without it every token is a prefill of all that came before, up to \(length - 1) tokens for the last one, of which all "
      + "but one have been through the model already."
    let price = fast.kvCacheBytes.map { Quantity.bytes($0) } ?? "some"
    let reason =
      slowTime > 1.1 * fastTime
      ? "The cache trades \(price) of memory for that work, and thereby turns the work of a token from arithmetic into reading."
      : "The cache trades \(price) of memory for that work; for a sequence this short the work was too little to matter."
    return .init(measured: measured, meaning: meaning, reason: reason)
  }
}
