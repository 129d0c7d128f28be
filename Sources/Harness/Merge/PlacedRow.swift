/// A row of results and where it was read.
struct PlacedRow: Sendable, Equatable {
  var row: RecordedRow
  var file: String
  /// From 1.
  var lineNumber: Int

  /// "parts/3/results.jsonl:1"
  var place: String { "\(file):\(lineNumber)" }
  var isMeasured: Bool { row.status == "ok" }
  var machine: String { row.identity.machine }
  /// Rows of two engines are never duplicates of each other.
  var engine: EngineName { row.engine }

  /// Mean seconds of a generate call, or why there are none: for messages.
  var outcome: String { row.latency.map { fixed($0, 3) + " s" } ?? row.status }
}
