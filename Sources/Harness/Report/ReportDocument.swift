import Transformer

/// The page that `llm-bench report --html` writes.
struct ReportDocument {
  let systems: [ReportSystem]
  /// When it was made.
  let time: String

  var page: Page {
    Page(
      title: title, summary: summary,
      body: """
        <header><h1>\(title)</h1><p class="lead">\(summary)</p>\(navigation)</header>
        <main id="main">
        \(sections.map { $0.html }.joined())
        </main>
        <footer><p>Made by llm-bench report on \(time). Latency is the mean of one generate call, prefill and all decode \
        steps; TTFT the time to the first token; TPOT the mean time of a later one; MFU the share of the peak arithmetic in \
        prefill, MBU the share of the read bandwidth in decode.</p></footer>
        """)
  }

  private var title: String {
    systems.count == 1 ? "Inference report: \(systems[0].label)" : "Inference report: \(systems.count) systems"
  }

  /// What was measured, in a sentence.
  var summary: String {
    let measured = systems.reduce(0) { $0 + $1.measured.count }
    let missing = systems.reduce(0) { $0 + $1.unmeasured.count }
    let trials = "\(measured) trial\(measured == 1 ? "" : "s") measured" + (missing > 0 ? ", \(missing) not" : "")
    guard systems.count == 1, let row = systems[0].measured.first ?? systems[0].rows.first else {
      return "\(systems.map(\.label).joined(separator: ", ")): \(trials)."
    }
    let parameters = row.parameterCount.map { "\(Quantity.tick(Double($0 / 100_000 * 100_000))) parameters, " } ?? ""
    return "\(row.benchmark): \(parameters)\(row.dtype), \(row.threadText), \(row.instructionSet) kernels on "
      + "\(row.machine). \(trials)."
  }

  struct Section {
    var id: String
    var title: String
    var content: HTML

    var html: HTML { "<section id=\"\(id)\"><h2>\(title)</h2>\n\(content)</section>\n" }
  }

  private var navigation: HTML {
    let links = sections.map { section -> HTML in "<li><a href=\"#\(section.id)\">\(section.title)</a></li>" }
    return "<nav aria-label=\"Sections\"><ul>\(links.joined())</ul></nav>"
  }

  var sections: [Section] {
    [
      Section(id: "summary", title: "Summary", content: summarySection),
      latencySection, throughputSection, rooflineSection, operationSection, tokenSection, memorySection,
      Section(id: "environment", title: "Environment", content: EnvironmentSection.table(systems).html),
    ].compactMap(\.self)
  }

  private var summarySection: HTML {
    var notes = systems.flatMap(\.notes).map { HTML.text($0) }
    notes += EnvironmentSection.warnings(systems).map { HTML.text($0) }
    for system in systems where !system.unmeasured.isEmpty {
      for row in system.unmeasured.prefix(12) { notes.append("<b>\(row.name)</b> (\(row.status)): \(row.failure)") }
      let more = system.unmeasured.count - 12
      if more > 0 { notes.append("not measured: \(counted(more, "more trial"))") }
    }
    let items = notes.map { note -> HTML in "<li>\(note)</li>" }.joined()
    let list: HTML = notes.isEmpty ? "" : "<ul class=\"notes\" aria-label=\"Notes and warnings\">\(items)</ul>\n"
    return SummaryTable.cards(systems) + list + SummaryTable.table(systems).html
  }

  private var latencySection: Section? {
    let (figures, hidden) = LatencyFigures.figures(systems)
    return section("latency", "Latency", figures.map(\.html), hidden: hidden)
  }

  private var throughputSection: Section? {
    let (figures, hidden) = ThroughputFigures.figures(systems)
    return section("throughput", "Latency against throughput", figures.map(\.html), hidden: hidden)
  }

  private var rooflineSection: Section? {
    perSystem("roofline", "Roofline") { system, id in
      guard
        var figure = RooflineFigure.figure(system, id: id, title: name(system, "prefill and decode under the ceilings"))
      else { return nil }
      figure.table = RooflineFigure.table(system, fileName: id)
      return (figure.html, 0)
    }
  }

  private var operationSection: Section? {
    perSystem("operations", "Time per operation") { system, id in
      OperationFigure.figure(
        system.rows, among: systems.map(\.rows), id: id, title: name(system, "where the time goes")
      ).map { ($0.html, 0) }
    }
  }

  private var tokenSection: Section? {
    perSystem("tokens", "Time between tokens") { system, id in
      TokenTimeFigure.figure(system.rows, id: id, title: name(system, "how times between tokens are spread")).map {
        ($0.figure.html + (TokenTimeFigure.table(system.rows, fileName: id)?.html ?? .empty), $0.hidden)
      }
    }
  }

  private var memorySection: Section? {
    perSystem("memory", "KV cache and memory") { system, id in
      MemoryFigure.figure(system.rows, id: id, title: name(system, "what memory holds")).map {
        ($0.figure.html + (MemoryFigure.table(system.rows, fileName: id)?.html ?? .empty), $0.hidden)
      }
    }
  }

  // MARK: - Assembly

  /// More systems than this have their rows in the tables alone.
  private static let systemLimit = 8

  private func perSystem(
    _ id: String, _ title: String, _ content: (ReportSystem, String) -> (html: HTML, hidden: Int)?
  ) -> Section? {
    var parts: [HTML] = []
    var hidden = max(0, systems.count - Self.systemLimit)
    for (index, system) in systems.prefix(Self.systemLimit).enumerated() {
      guard let part = content(system, "\(id)-\(index)") else { continue }
      parts.append(part.html)
      hidden += part.hidden
    }
    return section(id, title, parts, hidden: hidden)
  }

  private func section(_ id: String, _ title: String, _ parts: [HTML], hidden: Int) -> Section? {
    guard !parts.isEmpty else { return nil }
    let more: HTML = hidden > 0 ? "<p>\(hidden) more would fill the page; the tables have them all.</p>\n" : ""
    return Section(id: id, title: title, content: parts.joined() + more)
  }

  private func name(_ system: ReportSystem, _ title: String) -> String {
    systems.count > 1 ? "\(system.label): \(title)" : title.prefix(1).uppercased() + title.dropFirst()
  }
}
