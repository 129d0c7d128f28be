/// All engines of a run in one table: who is ahead, by how much, and how sure that is.
struct ComparisonTable {
  let text: String

  /// - Parameter rows: in the order in which they shall stand.
  init(_ rows: [RecordedRow]) {
    var table = TextTable(
      [
        "trial", "engine", "dtype", "prefill tokens/s", "decode tokens/s", "latency (s)", "peak RSS (GB)",
        "prefill % of peak", "decode % of bandwidth", "speed to native", "95 % interval", "tokens",
      ], textColumns: 3)
    var notes: [String] = []
    for row in rows {
      let native = rows.first { $0.engine == .native && $0.trial == row.trial && $0.status == "ok" }
      let ratio = native.flatMap { SpeedRatio($0.latencies, over: row.latencies) }
      table.add([
        "\(row.trial.batchSize) x \(row.trial.inputLength) + \(row.trial.outputLength)", row.engine.rawValue,
        row.identity.dtype, Self.number(row, "prefill_tokens_per_s", 1), Self.number(row, "decode_tokens_per_s", 1),
        row.latency.map { fixed($0, 3) } ?? row.status, Self.number(row, "peak_rss_bytes", 2, factor: 1e-9),
        Self.number(row, "mfu", 0, factor: 100), Self.number(row, "mbu", 0, factor: 100),
        ratio.map { fixed($0.ratio, 2) } ?? "-", row.engine == .native ? "-" : ratio?.intervalText ?? "-",
        Self.agreement(row),
      ])
      notes += Self.notes(row)
    }
    // A note that holds for every trial stands once.
    var seen: Set<String> = []
    text = table.text + notes.filter { seen.insert($0).inserted }.map { $0 + "\n" }.joined()
  }

  private static func number(_ row: RecordedRow, _ key: String, _ digits: Int, factor: Double = 1) -> String {
    row.value[key]?.doubleValue.map { fixed($0 * factor, digits) } ?? "-"
  }

  private static func agreement(_ row: RecordedRow) -> String {
    guard let agreement = row.value["engine_detail"]?["agreement"], let equal = agreement["equal_tokens"]?.integerValue,
      let all = agreement["tokens"]?.integerValue
    else { return "-" }
    return equal == all ? "equal" : "\(equal)/\(all)" + (agreement["flagged"] == .bool(true) ? " DIFFER" : "")
  }

  private static func notes(_ row: RecordedRow) -> [String] {
    let engine = row.engine.rawValue
    guard row.status == "ok" else {
      return ["\(engine) \(row.status): \(EngineProblem.line(row.value["error"]?.stringValue ?? "unknown"))"]
    }
    var notes: [String] = []
    let detail = row.value["engine_detail"]
    if detail?["logits"]?.stringValue == "all" { notes.append("\(engine) computes logits for every prompt position") }
    if let note = detail?["notes"]?.stringValue { notes.append("\(engine): \(EngineProblem.line(note))") }
    if let busy = detail?["busy_processors_before"]?.doubleValue, busy > IdleCheck.threshold {
      notes.append("\(engine): up to \(fixed(busy, 1)) processors were busy with something else before its turns")
    }
    if let version = detail?["version"]?.stringValue { notes.append("\(engine) is \(EngineProblem.line(version))") }
    return notes
  }
}
