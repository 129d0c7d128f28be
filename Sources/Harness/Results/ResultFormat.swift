import Transformer

/// How results stand on standard output.
public enum ResultFormat: String, Sendable, CaseIterable {
  /// The original benchmark's lines.
  case text
  /// llama-bench's table, a row for each phase of a trial.
  case markdown
  case csv
  /// One array of rows.
  case json
  /// One row a line, as in the results file.
  case jsonl
  /// One array of llama-bench's objects, one for each phase of a trial.
  case llamaBenchJSON = "llama-bench-json"
  /// Statements that put them into llama-bench's table.
  case llamaBenchSQL = "llama-bench-sql"
  /// One optimum-benchmark report a line.
  case optimumBenchmark = "optimum-benchmark"
  /// One table of all engines, in the end.
  case comparison

  /// What comes before the first row.
  func header(parameterCount: Int) -> String {
    switch self {
    case .text:
      // Two blanks: the original prints a label that ends in one, and its separator adds another.
      "n_params is:  \(parameterCount)\n"
        + "name, latency (s), throughput (tokens/s), latency_per_sequence_output_token (ms)\n"
        + String(repeating: "=", count: 75) + "\n"
    case .markdown:
      Self.llamaBenchMarkdownHeader
    case .csv: TableColumn.all.map(\.key).joined(separator: ",") + "\n"
    case .json, .llamaBenchJSON: "[\n"
    case .jsonl, .llamaBenchSQL, .optimumBenchmark, .comparison: ""
    }
  }

  /// A row's text; empty for a row that the format does not show.
  ///
  /// - Parameter namesEngine: whether several engines measure, so that a name alone does not say which.
  func row(_ row: RecordedRow, isFirst: Bool, namesEngine: Bool) -> String {
    switch self {
    case .text:
      guard let latency = row.latency, let throughput = row.throughput, let perToken = row.latencyPerToken else {
        return ""
      }
      let name = namesEngine ? row.displayName : row.trial.name
      return "\(name), \(fixed(latency, 3)), \(fixed(throughput, 3)), \(fixed(perToken, 3))\n"
    case .markdown: return Self.llamaBenchMarkdown(row)
    case .csv: return TableColumn.all.map { quotedForCSV($0.text(row, digits: 6)) }.joined(separator: ",") + "\n"
    case .json: return (isFirst ? "" : ",\n") + row.line
    case .jsonl: return row.line + "\n"
    case .llamaBenchJSON: return Self.llamaBenchJSON(row, isFirst: isFirst)
    case .llamaBenchSQL: return Self.llamaBenchSQL(row, isFirst: isFirst)
    case .optimumBenchmark: return OptimumReport(row).map { JSONWriter().text($0.value) + "\n" } ?? ""
    case .comparison: return ""
    }
  }

  /// What comes after the last row.
  ///
  /// - Parameter rows: all of them, for `comparison`.
  func footer(_ rows: [RecordedRow], isEmpty: Bool) -> String {
    switch self {
    case .json, .llamaBenchJSON: isEmpty ? "]\n" : "\n]\n"
    case .comparison: ComparisonTable(rows).text
    default: ""
    }
  }

  /// RFC 4180: a field with a comma, a quote or a line end stands in quotes, and its quotes are doubled.
  private func quotedForCSV(_ text: String) -> String {
    guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
    return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
