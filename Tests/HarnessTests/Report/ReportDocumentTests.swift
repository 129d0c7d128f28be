import Testing
import Transformer

@testable import Harness

@Suite struct ReportDocumentTests {
  private func system(_ label: String, _ rows: [ExampleRow]) throws -> ReportSystem {
    ReportSystem(label: label, rows: try rows.map { try $0.row() })
  }

  private func page(_ systems: [ReportSystem]) -> String {
    ReportDocument(systems: systems, time: "now").page.html.source
  }

  private static let grid = [1, 4, 16].flatMap { batch in
    [1, 11, 101].map { output in
      ExampleRow(
        number: batch * 1000 + output, batch: batch, output: output, prefill: 0.04 * Double(batch),
        profiled: output == 11)
    }
  }

  @Test("a whole grid has every section, and every figure has marks and words") func grid() throws {
    let page = page([try system("here", Self.grid)])
    try checkFigures(page)
    for id in ["summary", "latency", "throughput", "roofline", "operations", "tokens", "memory", "environment"] {
      #expect(page.contains("<section id=\"\(id)\">"), "\(id)")
    }
  }

  @Test("several systems stand in one figure") func several() throws {
    let slow = Self.grid.map { row in
      var row = row
      row.dtype = "fp32"
      row.step *= 2
      return row
    }
    let systems = [try system("bf16", Self.grid), try system("fp32", slow)]
    let figures = ThroughputFigures.figures(systems).shown
    #expect(figures.count == 3)
    #expect(figures.allSatisfy { $0.legend.map(\.name) == ["bf16", "fp32"] })
    try checkFigures(page(systems))
  }

  @Test("with one output length, input lengths are one figure") func inputLengths() throws {
    let rows = [1, 4].flatMap { batch in
      [512, 128].map { ExampleRow(batch: batch, input: $0, prefill: 1e-3 * Double($0 * batch)) }
    }
    let figures = LatencyFigures.figures([try system("here", rows)]).shown
    #expect(figures.map(\.title) == ["bf16, 9 tokens out: latency against input length"])
    #expect(figures.first?.legend.map(\.name) == ["batch 1", "batch 4"])
    let drawing = try #require(figures.first?.drawings.first?.content.source)
    #expect(drawing.matches(of: /class="mark"/).count == 4)
    #expect(drawing.contains("input length (tokens)"))
    let both = LatencyFigures.figures([try system("here", rows + [ExampleRow(output: 10)])]).shown
    #expect(both.count == 2)
  }

  @Test("with one input and one output length, systems are one figure along the batch size") func batchSizes() throws {
    let rows = [1, 4, 16].map { ExampleRow(batch: $0, prefill: 0.04 * Double($0)) }
    let figures = LatencyFigures.figures([try system("first", rows), try system("second", rows)]).shown
    #expect(figures.map(\.title) == ["128 tokens in, 9 out: latency against batch size"])
    #expect(figures.first?.legend.map(\.name) == ["first, bf16", "second, bf16"])
    let drawing = try #require(figures.first?.drawings.first?.content.source)
    #expect(drawing.matches(of: /class="mark"/).count == 6)
  }

  @Test("an operation has the same colour in the figures of all systems") func colors() throws {
    let first = ExampleRow(profiled: true)
    var second = first
    second.attentionShare = 0.01
    let rows = try [first, second].map { try $0.row() }
    let legends = rows.map { OperationFigure.figure([$0], among: rows.map { [$0] }, id: "x", title: "y")?.legend }
    #expect(legends[0]?.map(\.name).contains("attention") == true)
    #expect(legends[0] == legends[1])
    // What is small in all of them has no colour of its own.
    #expect(OperationFigure.figure([rows[1]], id: "x", title: "y")?.legend != legends[1])
  }

  @Test("one trial is enough") func single() throws {
    try checkFigures(page([try system("one", [ExampleRow()])]))
    try checkFigures(page([try system("one", [ExampleRow(output: 1, hasCeilings: false)])]))
  }

  @Test("trials that were not measured are named with the reason, and nothing is drawn for them") func failures() throws
  {
    let page = page([
      try system("bad", [ExampleRow(status: "failed"), ExampleRow(number: 2, status: "out_of_memory", batch: 64)])
    ])
    #expect(page.contains("out_of_memory") && page.contains("needs 9 GB"))
    #expect(!page.contains("id=\"latency\""))
    // What a refused trial asked for is worth a figure.
    try checkFigures(page)
  }

  @Test(
    "a hostile name is text, wherever it stands",
    arguments: [
      "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</title></svg><script>1</script>", "a]]>b",
      "' onmouseover='x", "=cmd|' /C calc'!A0", "\u{202E}gpj\u{0}", "",
    ])
  func hostile(name: String) throws {
    let rows = Self.grid.map { row in
      var row = row
      row.name = name
      row.dtype = "bf16"
      return row
    }
    let page = page([try system(name, rows), try system("other", rows)])
    try checkFigures(page)
    let body = page.prefix(upTo: try #require(page.range(of: "<script nonce")?.lowerBound))
    #expect(!body.contains("<script") && !body.contains("<img"))
    // Values of attributes aside, in which quotes are escaped.
    #expect(!body.replacing(/"[^"]*"/, with: "").contains(/<[^>]*\son\w+=/))
    #expect(!page.unicodeScalars.contains { $0 == "\u{202E}" || $0 == "\u{0}" })
  }

  @Test("a page asks for nothing from anywhere") func selfContained() throws {
    let page = page([try system("here", Self.grid)])
    for text in ["http:", "https:", "<iframe", "@import", "url(", "<link rel=\"style"] {
      #expect(!page.contains(text), "\(text)")
    }
    #expect(page.contains("default-src 'none'"))
    let nonce = try #require(page.firstMatch(of: /script-src 'nonce-(\w+)'/)?.output.1)
    #expect(page.contains("<script nonce=\"\(nonce)\">"))
  }

  @Test("the roofline's points are rates over intensities") func roofline() throws {
    let row = try ExampleRow(batch: 4).row()
    let decode = try #require(RooflineFigure.point(row, .decode))
    #expect(abs(decode.rate - 4 * 220e6 / 0.008) < 1)
    #expect(abs(decode.intensity - 4 * 220e6 / (250e6 + 36_864 * 4 * 137)) < 1e-6)
    let ceilings = try #require(row.ceilings)
    #expect(decode.limit(ceilings) == decode.intensity * 50e9)
    #expect(RooflineFigure.point(try ExampleRow(usesCache: false).row(), .decode) == nil)
  }

  @Test("the slope of latency is that of the line through all points") func slope() throws {
    let rows = try [1, 11, 101].map { try ExampleRow(output: $0).row() }
    #expect(abs(try #require(LatencyFigures.slope(rows)) - 0.008) < 1e-9)
    #expect(LatencyFigures.slope(Array(rows.prefix(1))) == nil)
  }

  @Test("Markdown has a table of trials, and a name cannot leave its cell") func markdown() throws {
    var row = ExampleRow()
    row.name = "a|b\n# c \u{1B}[2J"
    let text = ReportText(systems: [try system("s|\u{7}", [row, ExampleRow(status: "failed")])]).text
    #expect(text.contains("| a\\|b # c"))
    #expect(text.contains("104 ms"))
    #expect(text.contains("failed"))
    #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" })
    let cells = text.split(separator: "\n").filter { $0.hasPrefix("|") }.map { line in
      line.replacing("\\|", with: "").count { $0 == "|" }
    }
    #expect(Set(cells).count == 1)
  }
}
