import Transformer

/// Prefill or decode.
enum Phase: String, CaseIterable, Sendable {
  case prefill, decode
}

/// Where the time of a phase went, as `run --profile` recorded it.
struct ReportProfile: Sendable, Equatable {
  /// Tokens of each sequence that the phase made.
  var tokens: Double
  /// Seconds of the phase.
  var seconds: Double
  /// In the order of the forward pass; what is outside of passes comes last.
  var operations: [Operation]

  struct Operation: Sendable, Equatable {
    var name: String
    var seconds: Double
    var flop: Double
    var bytes: Double
    var rooflineFraction: Double?
    /// Whether it is work on the model: norms, products, attention.
    var isOfPass = true
  }

  /// FLOP per byte of the phase as the operations count them.
  var intensity: Double? {
    let bytes = operations.reduce(0) { $0 + $1.bytes }
    let flop = operations.reduce(0) { $0 + $1.flop }
    return bytes > 0 && flop > 0 ? flop / bytes : nil
  }

  func share(_ operation: Operation) -> Double { operation.seconds / seconds }
}

extension ReportRow {
  func profile(_ phase: Phase) -> ReportProfile? {
    guard let object = value["profile"]?[phase.rawValue], let seconds = Self.positive(object["time_s"]),
      let rows = object["operations"]?.arrayValue
    else { return nil }
    var operations = rows.prefix(200).compactMap { row -> ReportProfile.Operation? in
      guard let name = row["operation"]?.stringValue, let time = Self.positive(row["time_s"]) else { return nil }
      return ReportProfile.Operation(
        name: name, seconds: time, flop: Self.positive(row["flop"]) ?? 0, bytes: Self.positive(row["bytes"]) ?? 0,
        rooflineFraction: Self.positive(row["roofline_fraction"]))
    }
    guard !operations.isEmpty else { return nil }
    if let outside = Self.positive(object["outside_s"]) {
      operations.append(.init(name: "outside of passes", seconds: outside, flop: 0, bytes: 0, isOfPass: false))
    }
    return ReportProfile(tokens: Self.positive(object["tokens"]) ?? 1, seconds: seconds, operations: operations)
  }
}
