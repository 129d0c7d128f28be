/// A table that a reader can sort and save as CSV; without scripts it is still a table.
struct DataTable: Sendable, Equatable {
  var caption: String
  var columns: [Column]
  var rows: [[Cell]] = []
  /// The name of its CSV file, without the ending.
  var fileName: String

  struct Column: Sendable, Equatable {
    var title: String
    var isText = false

    static func text(_ title: String) -> Column { Column(title: title, isText: true) }
    static func number(_ title: String) -> Column { Column(title: title) }
  }

  struct Cell: Sendable, Equatable {
    /// As people read it.
    var text: String
    /// As CSV and sorting have it, in full.
    var number: Double?

    static func text(_ text: String) -> Cell { Cell(text: text) }
    static func count(_ value: Int?) -> Cell {
      Cell(text: value.map { Quantity.count($0) } ?? "", number: value.map { Double($0) })
    }
    /// A quantity in its own unit and as the words for it.
    static func number(_ value: Double?, _ words: (Double) -> String = Quantity.number) -> Cell {
      Cell(text: value.map(words) ?? "", number: value)
    }
  }

  var html: HTML {
    var html: HTML = """
      <div class="table" role="region" tabindex="0" aria-label="\(caption)"><table class="data" data-file="\(fileName)"><caption>\(caption)</caption><thead><tr>
      """
    for column in columns {
      html += "<th scope=\"col\" class=\"\(column.isText ? "text" : "number")\">\(column.title)</th>"
    }
    html += "</tr></thead><tbody>\n"
    for row in rows {
      html += "<tr>"
      for (index, cell) in row.enumerated() {
        let isText = columns.indices.contains(index) && columns[index].isText
        let tag: HTML = index == 0 ? "th" : "td"
        html += "<\(tag)"
        if index == 0 { html += " scope=\"row\"" }
        html += " class=\"\(isText ? "text" : "number")\""
        if let number = cell.number { html += " data-value=\"\(HTML.text("\(number)"))\"" }
        html += ">\(cell.text)</\(tag)>"
      }
      html += "</tr>\n"
    }
    return html + "</tbody></table></div>\n"
  }
}
