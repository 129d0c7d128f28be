import Transformer

/// The conditions under which each system was measured, side by side.
enum EnvironmentSection {
  /// Names and values of the last row: fields of the row that say how it ran, then all of `environment`.
  static func fields(_ system: ReportSystem) -> [(name: String, value: String)] {
    guard let row = system.measured.last ?? system.rows.last else { return [] }
    var fields: [(name: String, value: String)] = []
    for key in [
      "machine", "engine", "n_params", "dtype", "arithmetic_dtype", "kv_cache_dtype", "threads", "isa", "build",
      "num_warmup_batches",
    ] {
      if let value = row.value[key], value != .null { fields.append((key, text(value))) }
    }
    fields.append(("samples of each trial", "\(row.value["samples"]?.arrayValue?.count ?? 0)"))
    if let ceilings = system.ceilings {
      fields.append(("peak arithmetic", "\(Quantity.number(ceilings.operationsPerSecond * 1e-9)) GFLOP/s"))
      fields.append(("read bandwidth", "\(Quantity.number(ceilings.bytesPerSecond * 1e-9)) GB/s"))
    }
    if case .object(let entries)? = row.value["environment"] {
      let known = Set(fields.map(\.name))
      fields += entries.prefix(200).filter { !known.contains($0.key) }.map { ($0.key, text($0.value, key: $0.key)) }
    }
    return fields
  }

  static func table(_ systems: [ReportSystem]) -> DataTable {
    let columns = systems.map { Self.fields($0) }
    var names: [String] = []
    for field in columns.joined() where !names.contains(field.name) { names.append(field.name) }
    var table = DataTable(
      caption: "Conditions", columns: [.text("")] + systems.map { .text($0.label) }, fileName: "environment")
    for name in names {
      var cells: [DataTable.Cell] = [.text(name)]
      for fields in columns { cells.append(.text(fields.first { $0.name == name }?.value ?? "")) }
      table.rows.append(cells)
    }
    return table
  }

  /// What spoils a measurement, a sentence each.
  static func warnings(_ systems: [ReportSystem]) -> [String] {
    systems.flatMap { system -> [String] in
      let name = systems.count > 1 ? "\(system.label): " : ""
      var warnings: [String] = []
      if system.rows.contains(where: { $0.build == "debug" }) {
        warnings.append("measured with a debug build, whose times mean little")
      }
      let busy = system.measured.filter { row in
        let load = row.value["environment"]?["load_average_start"]?.arrayValue?.first?.doubleValue ?? 0
        let processors = row.value["environment"]?["logical_processors"]?.doubleValue ?? .infinity
        return load > processors * 1.5
      }
      if !busy.isEmpty {
        warnings.append(
          "\(busy.count) of \(system.measured.count) trials began while the machine was busy with other work")
      }
      let spread = system.measured.filter { ($0.relativeDeviation ?? 0) > 0.1 }
      if !spread.isEmpty {
        warnings.append(
          "\(spread.count) of \(system.measured.count) trials have samples that differ by more than 10 % (standard deviation)"
        )
      }
      // Rows may carry warnings of their own, each with its own numbers: the first stands for all of a kind.
      var own: [(first: String, count: Int)] = []
      var indices: [String: Int] = [:]
      for row in system.rows {
        for field in [row.value["warnings"], row.value["environment"]?["warnings"]] {
          for warning in field?.arrayValue?.prefix(100).compactMap(\.stringValue) ?? [] {
            let kind = warning.filter { !$0.isNumber && $0 != "." }
            if let index = indices[kind] {
              own[index].count += 1
            } else {
              indices[kind] = own.count
              own.append((warning, 1))
            }
          }
        }
      }
      let texts = own.map { warning in
        warning.first + (warning.count > 1 ? ", and likewise in \(counted(warning.count - 1, "more trial"))" : "")
      }
      let more = own.count > 6 ? ["and in the rows \(counted(own.count - 6, "more warning"))"] : []
      return (warnings + texts.prefix(6) + more).map { name + $0 }
    }
  }

  private static func text(_ value: ConfigurationValue, key: String = "") -> String {
    switch value {
    case .null: return "unknown"
    case .bool(let value): return value ? "yes" : "no"
    case .integer(let value): return key.hasSuffix("_bytes") ? Quantity.bytes(Double(value)) : Quantity.count(value)
    case .number(let value): return Quantity.number(value)
    case .string(let value): return String(value.prefix(2000))
    case .array(let values): return values.prefix(100).map { text($0, key: key) }.joined(separator: ", ")
    case .object(let entries):
      return entries.prefix(100).map { "\($0.key): \(text($0.value, key: key))" }.joined(separator: ", ")
    }
  }
}
