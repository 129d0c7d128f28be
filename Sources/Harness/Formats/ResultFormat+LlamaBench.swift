import Transformer

extension ResultFormat {
  /// llama-bench's markdown table, with a column for the part of the machine's ceiling that was reached: of the peak
  /// arithmetic for pp, of the read bandwidth for tg.
  static let llamaBenchMarkdownHeader = """
    | model | size | params | backend | threads | n_batch | test | t/s | % of ceiling |
    | --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |

    """

  /// Two rows of the table for a trial, or one that says why it has none.
  static func llamaBenchMarkdown(_ row: RecordedRow) -> String {
    let bytes = row.value["weight_bytes"]?.doubleValue ?? 0
    let size = bytes < 0x1p30 ? fixed(bytes / 0x1p20, 2) + " MiB" : fixed(bytes / 0x1p30, 2) + " GiB"
    let head = [
      row.modelDescription, size, parameterText(row.value["n_params"]?.integerValue ?? 0), row.backend,
      "\(row.identity.threads)", "\(row.trial.batchSize)",
    ]
    let tests = LlamaBenchTest.tests(of: row)
    let tails =
      tests.isEmpty
      ? [["pp\(row.trial.inputLength)", row.status, ""]]
      : tests.map { test in
        [
          test.name, "\(fixed(test.averageRate, 2)) ± \(fixed(test.rateDeviation, 2))",
          test.utilization.map { fixed($0 * 100, 1) } ?? "",
        ]
      }
    return tails.map { "| " + (head + $0).map(escapedForMarkdown).joined(separator: " | ") + " |\n" }.joined()
  }

  static func escapedForMarkdown(_ text: String) -> String {
    text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }

  /// An object for each phase of a trial; lines after the first begin with their comma.
  static func llamaBenchJSON(_ row: RecordedRow, isFirst: Bool) -> String {
    let objects = LlamaBenchTest.tests(of: row).map { test in
      var object = JSONObject()
      for field in test.fields { object[field.key] = field.value }
      object["samples_ns"] = .array(test.nanoseconds.map { .integer($0) })
      object["samples_ts"] = .array(test.rates.map { .optional($0) })
      return JSONWriter().text(object.value)
    }
    return objects.isEmpty ? "" : (isFirst ? "" : ",\n") + objects.joined(separator: ",\n")
  }

  /// The table of llama-bench's databases: names of the fields are all that its script asks for.
  static let llamaBenchTable = "llama_bench"

  /// Statements that add a trial's phases.
  ///
  /// The table is created with each row, for its types are those of the values.
  static func llamaBenchSQL(_ row: RecordedRow, isFirst: Bool) -> String {
    var text = ""
    for (index, test) in LlamaBenchTest.tests(of: row).enumerated() {
      if isFirst && index == 0 {
        let columns = test.fields.map { "  \($0.key) \(sqlType($0.value))" }
        text += "CREATE TABLE IF NOT EXISTS \(llamaBenchTable) (\n" + columns.joined(separator: ",\n") + "\n);\n\n"
      }
      text += "INSERT INTO \(llamaBenchTable) (" + test.fields.map(\.key).joined(separator: ", ") + ") VALUES ("
      text += test.fields.map { sqlLiteral($0.value) }.joined(separator: ", ") + ");\n"
    }
    return text
  }

  private static func sqlType(_ value: ConfigurationValue) -> String {
    switch value {
    case .integer, .bool: "INTEGER"
    case .number: "REAL"
    default: "TEXT"
    }
  }

  private static func sqlLiteral(_ value: ConfigurationValue) -> String {
    switch value {
    case .integer(let value): "'\(value)'"
    case .bool(let value): value ? "'1'" : "'0'"
    case .number(let value): "'\(value)'"
    case .string(let text):
      "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    default: "NULL"
    }
  }
}
