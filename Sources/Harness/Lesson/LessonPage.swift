import Transformer

/// The page that `llm-bench lesson` writes.
struct LessonPage {
  let data: LessonData
  /// When it was made.
  let time: String

  var sections: [LessonSection] {
    [
      PhasesSection.section(data), LessonRooflineSection.section(data), OutputLengthSection.section(data),
      CacheSection.section(data), BatchSection.section(data), ContextSection.section(data),
      DTypeSection.section(data), LessonOperationSection.section(data),
    ]
  }

  var page: Page {
    let sections = sections
    let links = sections.enumerated().map { index, section -> HTML in
      "<li><a href=\"#\(section.id)\">\(index + 1). \(section.title)</a></li>"
    }.joined()
    return Page(
      title: "Prefill and decode on your machine", summary: summary,
      body: """
        <header><h1>Prefill and decode on your machine</h1>
        <p class="lead">\(summary)</p>
        <p>A language model answers in two phases. <b>Prefill</b> reads the prompt, all of its tokens at once, and yields the \
        first new token. <b>Decode</b> then writes one token after the other, each a pass through the whole model. The \
        \(sections.count) steps below show how differently your machine treats the two: predict first, then look.</p>
        <p><button type="button" class="tool" id="reveal-all" hidden>Show all answers</button></p>
        <nav aria-label="Steps"><ul>\(links)</ul></nav></header>
        <main id="main">
        \(sections.enumerated().map { $0.element.html(number: $0.offset + 1) }.joined())
        \(closing)
        </main>
        <footer><p>Made by llm-bench lesson on \(time). The same command measures only what is missing; remove the folder of \
        an experiment to measure it again. Other programs that ran meanwhile have left their marks in the numbers.</p></footer>
        """)
  }

  private var summary: String {
    let rows = data.plan.experiments.flatMap { data.rows[$0.id] ?? [] }
    guard let row = rows.first(where: \.isMeasured) ?? rows.first else {
      return "Nothing was measured."
    }
    let parameters = row.parameterCount.map { "\(Quantity.count($0)) parameters" } ?? "unknown size"
    let ceilings = data.ceilings("phases", "batch").map {
      " The machine multiplies and adds at \(Quantity.number($0.operationsPerSecond * 1e-9)) GFLOP/s and reads memory at "
        + "\(Quantity.number($0.bytesPerSecond * 1e-9)) GB/s, as measured in the same minutes."
    }
    return "Measured with a model of \(parameters) in \(row.dtype) on \(row.machine), \(row.threadText), "
      + "\(row.instructionSet) kernels.\(ceilings ?? "")"
  }

  private var closing: HTML {
    """
    <section id="further"><h2>What to take along</h2>
    <p>Ask of any speed which phase it is of: one blended rate of tokens a second hides both. To make prefill faster, bring more \
    arithmetic; to make decode faster, read fewer bytes for each token, through a smaller dtype, fewer key and value heads or \
    a larger batch. <code>Documentation/PrefillAndDecode.md</code> tells the same story without numbers of a machine, and \
    <code>Documentation/Metrics.md</code> defines every figure used here.</p></section>
    """
  }
}
