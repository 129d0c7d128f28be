import Transformer

/// What differs between the machines and moments that rows of one table were measured in, although it should not.
enum MergeConditions {
  /// Of a row's `environment`: what changes figures without changing the machine's name.
  private static let keys = [
    "git_commit", "build_flags", "physical_cores", "smt", "turbo", "cgroup_processors", "memory_bytes", "kernel",
    "transparent_huge_pages", "huge_pages_requested", "governor",
    "prefill_threads", "decode_threads", "swift",
  ]

  /// Ceilings of equal, idle machines vary by a tenth; beyond this factor some were slower or busy.
  private static let ceilingTolerance = 1.25

  /// One line for each condition that differs: "kernel differs: 6.1.0 (3 rows), 6.5.0 (1 row)".
  static func differences(_ rows: [PlacedRow]) -> [String] {
    keys.compactMap { key in differing(key, rows) }
      + [
        spread("flop_per_s", "GFLOP/s", rows), spread("read_bytes_per_s", "GB/s", rows),
      ].compactMap { $0 }
  }

  private static func differing(_ key: String, _ rows: [PlacedRow]) -> String? {
    var counts: [(value: String, count: Int)] = []
    var indices: [String: Int] = [:]
    for row in rows {
      guard let value = row.row.value["environment"]?[key] else { continue }
      let text = value.stringValue ?? JSONWriter().text(value)
      if let index = indices[text] {
        counts[index].count += 1
      } else {
        indices[text] = counts.count
        counts.append((text, 1))
      }
    }
    guard counts.count > 1 else { return nil }
    // A hostile file may have as many values as rows.
    let shown = counts.prefix(8).map { "\($0.value) (\($0.count) \($0.count == 1 ? "row" : "rows"))" }
    return "\(key) differs: " + shown.joined(separator: ", ") + (counts.count > 8 ? ", …" : "")
  }

  private static func spread(_ key: String, _ unit: String, _ rows: [PlacedRow]) -> String? {
    let values = rows.compactMap { row in
      row.row.value["ceilings"]?[key]?.doubleValue.flatMap { $0 > 0 ? ($0 * 1e-9, row.row.trial.name) : nil }
    }
    guard let low = values.min(by: { $0.0 < $1.0 }), let high = values.max(by: { $0.0 < $1.0 }),
      high.0 > low.0 * ceilingTolerance
    else { return nil }
    return "ceilings of \(fixed(low.0, 1)) (\(low.1)) to \(fixed(high.0, 1)) \(unit) (\(high.1)):"
      + " the machines were not equally fast, or not equally idle"
  }
}
