/// A column of the CSV table.
struct TableColumn: Sendable {
  /// Its name in CSV: the row's own key where there is one.
  var key: String
  var content: Content

  enum Content: Sendable {
    case name, status, latency, throughput, latencyPerToken
    /// A number of the row, times a factor for its unit.
    case number(path: [String], factor: Double = 1)
  }

  /// The cell; empty when the row has no such figure.
  func text(_ row: RecordedRow, digits: Int) -> String {
    switch content {
    case .name: row.displayName
    case .status: row.status
    case .latency: row.latency.map { fixed($0, digits) } ?? ""
    case .throughput: row.throughput.map { fixed($0, digits) } ?? ""
    case .latencyPerToken: row.latencyPerToken.map { fixed($0, digits) } ?? ""
    case .number(let path, let factor):
      path.reduce(Optional(row.value)) { $0?[$1] }?.doubleValue.map { fixed($0 * factor, digits) } ?? ""
    }
  }

  static let all: [TableColumn] = [
    TableColumn(key: "name", content: .name),
    TableColumn(key: "status", content: .status),
    TableColumn(key: "latency_s", content: .latency),
    TableColumn(key: "latency_stddev_s", content: .number(path: ["latency_s", "stddev"])),
    TableColumn(key: "throughput_tokens_per_s", content: .throughput),
    TableColumn(key: "latency_per_sequence_output_token_ms", content: .latencyPerToken),
    TableColumn(key: "ttft_s", content: .number(path: ["ttft_s"])),
    TableColumn(key: "tpot_s", content: .number(path: ["tpot_s"])),
    TableColumn(
      key: "prefill_tokens_per_s", content: .number(path: ["prefill_tokens_per_s"])),
    TableColumn(
      key: "decode_tokens_per_s", content: .number(path: ["decode_tokens_per_s"])),
    TableColumn(key: "mfu", content: .number(path: ["mfu"])),
    TableColumn(key: "mbu", content: .number(path: ["mbu"])),
    TableColumn(key: "latency_median_s", content: .number(path: ["latency_s", "median"])),
    TableColumn(key: "token_p50_s", content: .number(path: ["token_s", "p50"])),
    TableColumn(key: "token_p90_s", content: .number(path: ["token_s", "p90"])),
    TableColumn(key: "token_p99_s", content: .number(path: ["token_s", "p99"])),
    TableColumn(key: "decode_tokens_per_s_p1", content: .number(path: ["decode_tokens_per_s_p1"])),
    TableColumn(key: "decode_tokens_per_s_p5", content: .number(path: ["decode_tokens_per_s_p5"])),
    TableColumn(
      key: "peak_rss_gb", content: .number(path: ["peak_rss_bytes"], factor: 1e-9)),
  ]
}
