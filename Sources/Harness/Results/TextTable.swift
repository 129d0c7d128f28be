/// Columns of equal width for a terminal: text to the left, numbers to the right.
struct TextTable {
  private var rows: [[String]]
  private let textColumns: Int

  /// - textColumns: how many of the first columns hold text.
  init(_ header: [String], textColumns: Int) {
    rows = [header]
    self.textColumns = textColumns
  }

  mutating func add(_ row: [String]) { rows.append(row) }

  /// A line for each row, each with its line end.
  var text: String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.indices.map { column in
        let blanks = String(repeating: " ", count: widths[column] - row[column].count)
        return column < textColumns ? row[column] + blanks : blanks + row[column]
      }
      return SystemFile.trimmedEnd(cells.joined(separator: "  ")) + "\n"
    }.joined()
  }

  /// The same as a markdown table.
  var markdown: String {
    func line(_ cells: [String]) -> String {
      "| " + cells.map(ResultFormat.escapedForMarkdown).joined(separator: " | ") + " |\n"
    }
    let rule = rows[0].indices.map { $0 < textColumns ? "---" : "---:" }
    return line(rows[0]) + line(rule) + rows.dropFirst().map(line).joined()
  }
}
