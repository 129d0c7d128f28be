/// Step 2: why one point lies under the slope and the other under the roof.
enum LessonRooflineSection {
  static let id = "roofline"
  static let title = "The roofline: what holds each phase back"

  static func section(_ data: LessonData) -> LessonSection {
    guard let row = data.measured("phases").last, let ceilings = data.ceilings("phases"),
      let prefill = RooflineFigure.point(row, .prefill), let decode = RooflineFigure.point(row, .decode)
    else { return .missing(id, title, data, "phases") }
    let share = decode.rate / ceilings.operationsPerSecond
    let prediction = Prediction(
      "The machine can do \(Quantity.number(ceilings.operationsPerSecond * 1e-9)) GFLOP/s. Which part of that does decode use "
        + "at batch 1?", value: share, bounds: [0.1, 0.3, 0.6],
      measured: "\(Quantity.percent(share)), while prefill uses "
        + "\(Quantity.percent(prefill.rate / ceilings.operationsPerSecond)).", words: Prediction.percent)
    var figure = Figure(
      id: "roofline-figure", title: "Prefill and decode under your machine's ceilings",
      chart: RooflineFigure.chart([prefill, decode], ceilings))
    figure.table = RooflineFigure.table(
      ReportSystem(label: "lesson", rows: data.measured("phases")), fileName: "roofline")
    return LessonSection(
      id: id, title: title,
      content: .measured(
        prediction, figure, sentences(prefill, decode, ceilings),
        .init(
          question: "measure the ceilings alone, with one thread. Which of the two moves more?",
          command: ".build/release/llm-bench roofline --threads 1")))
  }

  private static func sentences(
    _ prefill: RooflineFigure.Point, _ decode: RooflineFigure.Point, _ ceilings: Ceilings
  ) -> LessonSection.Sentences {
    let ridge = ceilings.operationsPerSecond / ceilings.bytesPerSecond
    let measured =
      "Slope and roof meet at \(Quantity.number(ridge)) FLOP per byte: prefill does \(Quantity.number(prefill.intensity)) "
      + "FLOP for each byte that it must read, decode \(Quantity.number(decode.intensity))."
    func limited(_ point: RooflineFigure.Point) -> String {
      point.intensity < ridge
        ? "left of it, under the slope, where memory sets the pace"
        : "right of it, under the roof, where arithmetic sets the pace"
    }
    let (first, second) = (limited(prefill), limited(decode))
    let reach =
      "prefill at \(Quantity.percent(prefill.rate / prefill.limit(ceilings))) and decode at "
      + "\(Quantity.percent(decode.rate / decode.limit(ceilings))) of what is possible at its place"
    let meaning =
      first == second
      ? "Both phases lie \(first); your machine runs \(reach)."
      : "So prefill lies \(first), and decode \(second); your machine runs \(reach)."
    let reason: String
    if decode.intensity < ridge {
      reason =
        "By the roofline, faster arithmetic would not speed up this decode at all; fewer bytes for each token would."
    } else {
      reason = "Memory is fast enough here, so that decode too waits for arithmetic."
    }
    return .init(measured: measured, meaning: meaning, reason: reason)
  }
}
