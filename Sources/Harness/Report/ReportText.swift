/// The report as Markdown, for a terminal or a note.
struct ReportText {
  let systems: [ReportSystem]

  var text: String {
    var parts = systems.map(section)
    let warnings = systems.flatMap(\.notes) + EnvironmentSection.warnings(systems)
    if !warnings.isEmpty { parts.append("## Notes\n\n" + warnings.map { "- \(Self.line($0))\n" }.joined()) }
    return parts.joined(separator: "\n")
  }

  private func section(_ system: ReportSystem) -> String {
    var text = "## \(Self.line(system.label))\n\n"
    let fields = EnvironmentSection.fields(system).filter {
      ["machine", "n_params", "dtype", "threads", "isa", "peak arithmetic", "read bandwidth"].contains($0.name)
    }
    text += fields.map { "\($0.name) \(Self.line($0.value))" }.joined(separator: " · ") + "\n\n"
    text += table(system.rows)
    let slopes = self.slopes(system)
    if !slopes.isEmpty { text += "\n" + slopes.map { "- \($0)\n" }.joined() }
    for row in system.unmeasured {
      text += "\n- \(Self.line(row.name)) (\(Self.line(row.status))): \(Self.line(row.failure))\n"
    }
    return text
  }

  private func table(_ rows: [ReportRow]) -> String {
    let header = [
      "trial", "latency", "±", "tokens/s", "TTFT", "TPOT", "prefill tokens/s", "decode tokens/s", "MFU", "MBU",
      "KV cache",
      "peak resident",
    ]
    var lines = [header]
    for row in rows where row.isMeasured {
      let cells: [String?] = [
        row.latency.map(Quantity.seconds), row.relativeDeviation.map(Quantity.percent),
        row.throughput.map(Quantity.number),
        row.timeToFirstToken.map(Quantity.seconds), row.timePerOutputToken.map(Quantity.seconds),
        row.prefillRate.map(Quantity.number), row.decodeRate.map(Quantity.number),
        row.modelFLOPUtilization.map(Quantity.percent), row.memoryBandwidthUtilization.map(Quantity.percent),
        row.kvCacheBytes.map(Quantity.bytes), row.peakBytes.map(Quantity.bytes),
      ]
      lines.append([Self.line(row.name)] + cells.map { $0 ?? "" })
    }
    guard lines.count > 1 else { return "Nothing was measured.\n" }
    let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    func joined(_ cells: [String]) -> String {
      let padded = cells.enumerated().map { index, cell in
        let blanks = String(repeating: " ", count: widths[index] - cell.count)
        return index == 0 ? cell + blanks : blanks + cell
      }
      return "| " + padded.joined(separator: " | ") + " |\n"
    }
    let rule = widths.enumerated().map { index, width in
      String(repeating: "-", count: max(2, width) + 1) + (index == 0 ? "-" : ":")
    }
    return joined(lines[0]) + "|" + rule.joined(separator: "|") + "|\n" + lines.dropFirst().map(joined).joined()
  }

  /// What a further token costs, where several output lengths were measured.
  private func slopes(_ system: ReportSystem) -> [String] {
    Grouped.by(system.measured) { [$0.batchSize, $0.inputLength, $0.usesCache ? 1 : 0] }.compactMap { key, rows in
      LatencyFigures.slope(rows).map {
        "batch \(key[0]), \(counted(key[1], "token")) in\(key[2] == 1 ? "" : ", no KV cache"): each further token takes "
          + Quantity.seconds($0)
      }
    }
  }

  /// One line, with nothing that Markdown or a terminal would act on.
  private static func line(_ text: String) -> String {
    var result = ""
    for scalar in text.prefix(400).unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: result += " "
      default:
        if "|<>`*\\[]".unicodeScalars.contains(scalar) { result += "\\" }
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
