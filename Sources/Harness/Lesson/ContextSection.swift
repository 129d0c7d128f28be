/// Step 6: the KV cache grows with every token, and each decode step reads all of it.
enum ContextSection {
  static let id = "context"
  static let title = "The KV cache and the length of the context"

  static func section(_ data: LessonData) -> LessonSection {
    let rows = data.measured("context").sorted { $0.inputLength < $1.inputLength }
    guard rows.count > 1, let last = rows.last, let cache = last.kvCacheBytes, let weights = last.weightBytes else {
      return .missing(id, title, data, "context")
    }
    let grouped = data.measured("context-gqa").sorted { $0.inputLength < $1.inputLength }
    let ratio = cache / weights
    let tokens = last.inputLength + last.outputLength
    let prediction = Prediction(
      "The weights take \(Quantity.bytes(weights)). How large is the KV cache of \(last.batchSize) sequences of \(tokens) "
        + "tokens beside that?", value: ratio, bounds: [0.1, 0.5, 1],
      measured: "\(Quantity.bytes(cache)): \(Quantity.percent(ratio)) of the weights.", words: Prediction.percent)
    let groups = data.plan.groupedHeads
    return LessonSection(
      id: id, title: title,
      content: .measured(
        prediction, figure(rows, grouped, data),
        .init(measured: size(last, data), meaning: gqa(last, grouped.last, data), reason: time(rows, grouped)),
        .init(
          question: groups == nil
            ? "store the cache in another dtype." : "let all query heads share one key and value head.",
          command: data.command(
            (groups == nil ? "kv_cache.dtype=fp32 " : "model.attn_config.attn_type=multiquery_attention ")
              + "batch_sizes=[\(last.batchSize)] input_lengths=[\(last.inputLength)] output_lengths=[\(last.outputLength)] "
              + "--format markdown"))))
  }

  private static func figure(_ rows: [ReportRow], _ grouped: [ReportRow], _ data: LessonData) -> Figure {
    let most = rows.compactMap(\.kvCacheBytes).max() ?? 1
    let (unit, scale) = most >= 1e9 ? ("GB", 1e-9) : most >= 1e6 ? ("MB", 1e-6) : ("kB", 1e-3)
    func series(_ name: String, _ rows: [ReportRow], _ style: SeriesStyle) -> LineChart.Series {
      .init(
        name: name, style: style,
        points: rows.compactMap { row in
          row.kvCacheBytes.map {
            .init(
              x: Double(row.inputLength + row.outputLength), y: $0 * scale, label: Quantity.bytes($0),
              detail: "\(row.inputLength + row.outputLength) tokens: \(Quantity.bytes($0))")
          }
        })
    }
    var all = [series(attention(data.configuration.keyValueHeadCount, data), rows, SeriesStyle(0))]
    if let heads = data.plan.groupedHeads, !grouped.isEmpty {
      all.append(series(attention(heads, data), grouped, SeriesStyle(1)))
    }
    var table = DataTable(
      caption: "KV cache and decode step at batch \(rows[0].batchSize)",
      columns: [.number("tokens a sequence"), .number("KV cache"), .number("decode step")], fileName: "context")
    if !grouped.isEmpty { table.columns += [.number("KV cache, GQA"), .number("decode step, GQA")] }
    for row in rows {
      var cells: [DataTable.Cell] = [
        .count(row.inputLength + row.outputLength), .number(row.kvCacheBytes, Quantity.bytes),
        .number(row.timePerOutputToken, Quantity.seconds),
      ]
      if !grouped.isEmpty {
        let other = grouped.first { $0.inputLength == row.inputLength }
        cells += [
          .number(other?.kvCacheBytes, Quantity.bytes), .number(other?.timePerOutputToken, Quantity.seconds),
        ]
      }
      table.rows.append(cells)
    }
    return Figure(
      id: "context-figure", title: "KV cache against the length of the sequences, batch \(rows[0].batchSize)",
      chart: LineChart(
        x: .init(label: "tokens of each sequence"), y: .init(label: "KV cache (\(unit))"), series: all), table: table)
  }

  private static func attention(_ heads: Int, _ data: LessonData) -> String {
    let query = data.configuration.headCount
    let kind = heads == query ? "multi-head" : heads == 1 ? "multi-query" : "grouped-query"
    return "\(kind): \(heads) key and value head\(heads == 1 ? "" : "s") for \(query) query heads"
  }

  private static func size(_ row: ReportRow, _ data: LessonData) -> String {
    let c = data.configuration
    let tokens = row.batchSize * (row.inputLength + row.outputLength)
    let bytes = (row.kvCacheBytes ?? 0) / Double(tokens)
    return
      "Each token leaves a key and a value in each of \(c.layerCount) layers for each of \(c.keyValueHeadCount) heads of "
      + "\(c.headDimension) elements, which is \(Quantity.bytes(bytes)) a token and \(Quantity.bytes(row.kvCacheBytes ?? 0)) for "
      + "\(row.batchSize) × \(row.inputLength + row.outputLength) of them."
  }

  private static func gqa(_ row: ReportRow, _ grouped: ReportRow?, _ data: LessonData) -> String {
    let c = data.configuration
    if let heads = data.plan.groupedHeads, let smaller = grouped?.kvCacheBytes, let bytes = row.kvCacheBytes {
      return
        "With grouped-query attention \(c.headCount / max(1, heads)) query heads share one key and value head, and the cache "
        + "shrinks by that factor, from \(Quantity.bytes(bytes)) to \(Quantity.bytes(smaller))."
    }
    if c.keyValueHeadCount < c.headCount {
      return
        "This model's \(c.headCount) query heads share \(c.keyValueHeadCount) key and value heads, so its cache is "
        + "\(Quantity.times(Double(c.headCount) / Double(c.keyValueHeadCount))) smaller than with multi-head attention."
    }
    return
      "Every query head has keys and values of its own; grouped-query attention would let several share them and shrink the "
      + "cache by that factor."
  }

  private static func time(_ rows: [ReportRow], _ grouped: [ReportRow]) -> String {
    let (first, last) = (rows[0], rows[rows.count - 1])
    guard let short = first.timePerOutputToken, let long = last.timePerOutputToken else {
      return "Each decode step reads all of it once."
    }
    let growth = long / short
    let steps = "from \(Quantity.seconds(short)) to \(Quantity.seconds(long))"
    let bytes = (last.decodeBytes ?? 0) / (first.decodeBytes ?? .infinity)
    if growth < 0.9 {
      return
        "Each decode step reads all of it once; that it still went \(steps) between the shortest and the longest context is "
        + "the machine's unrest."
    }
    var text =
      growth > 1.1
      ? "Each decode step reads all of it once, and so grew \(steps) between the shortest and the longest context"
      : "Each decode step reads all of it once, yet went only \(steps), "
        + (bytes < 1.3
          ? "for the weights still are the larger part"
          : "though it had \(Quantity.times(bytes)) as many bytes to read: reading is not what it waits for here")
    if growth > 1.1, bytes > 1 { text += ", for \(Quantity.times(bytes)) as many bytes" }
    if growth > 1.1, let shared = grouped.last?.timePerOutputToken, grouped.last?.inputLength == last.inputLength {
      text += "; with grouped-query attention the longest took \(Quantity.seconds(shared))"
    }
    return text + "."
  }
}
