/// A column of the markdown and CSV tables.
struct TableColumn: Sendable {
  /// Its name in CSV: the row's own key where there is one.
  var key: String
  /// Its heading in markdown, with the unit.
  var title: String
  var content: Content

  enum Content: Sendable {
    case name, status, latency, throughput, latencyPerToken
    /// A number of the row, times a factor for its unit.
    case number(path: [String], factor: Double = 1)
  }

  var isText: Bool {
    switch content {
    case .name, .status: true
    default: false
    }
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
    TableColumn(key: "name", title: "name", content: .name),
    TableColumn(key: "status", title: "status", content: .status),
    TableColumn(key: "latency_s", title: "latency (s)", content: .latency),
    TableColumn(key: "latency_stddev_s", title: "± (s)", content: .number(path: ["latency_s", "stddev"])),
    TableColumn(key: "throughput_tokens_per_s", title: "throughput (tokens/s)", content: .throughput),
    TableColumn(key: "latency_per_sequence_output_token_ms", title: "per token (ms)", content: .latencyPerToken),
    TableColumn(key: "ttft_s", title: "TTFT (s)", content: .number(path: ["ttft_s"])),
    TableColumn(key: "tpot_s", title: "TPOT (s)", content: .number(path: ["tpot_s"])),
    TableColumn(
      key: "prefill_tokens_per_s", title: "prefill (tokens/s)", content: .number(path: ["prefill_tokens_per_s"])),
    TableColumn(
      key: "decode_tokens_per_s", title: "decode (tokens/s)", content: .number(path: ["decode_tokens_per_s"])),
    TableColumn(key: "mfu", title: "MFU", content: .number(path: ["mfu"])),
    TableColumn(key: "mbu", title: "MBU", content: .number(path: ["mbu"])),
    TableColumn(
      key: "peak_rss_gb", title: "peak RSS (GB)", content: .number(path: ["peak_rss_bytes"], factor: 1e-9)),
  ]
}
