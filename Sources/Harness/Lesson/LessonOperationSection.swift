/// Step 8: where the time of each phase goes.
enum LessonOperationSection {
  static let id = "operations"
  static let title = "Where the time goes in each phase"

  /// Parts of a pass that readers know from papers, by the operations of a profile.
  private static let parts: [(name: String, operations: Set<String>)] = [
    ("the feed-forward products", ["ffn up", "ffn down"]),
    ("the projections around attention", ["qkv", "attention output"]),
    ("attention itself", ["attention"]),
    ("the logits", ["logits"]),
  ]
  private static let rest = "all the rest together"

  static func section(_ data: LessonData) -> LessonSection {
    let rows = data.measured("phases")
    guard let row = rows.last, let prefill = row.profile(.prefill), let decode = row.profile(.decode),
      let figure = OperationFigure.figure([row], id: "operations-figure", title: "Time per operation, batch 1")
    else { return .missing(id, title, data, "phases") }
    let shares = shares(decode)
    let answer = shares.indices.max { shares[$0].share < shares[$1].share } ?? 0
    let prediction = Prediction(
      "What takes most of the time of a decode step at batch 1?", options: shares.map(\.name), answer: answer,
      measured: "\(capitalised(shares[answer].name)), with \(Quantity.percent(shares[answer].share)).")
    return LessonSection(
      id: id, title: title,
      content: .measured(
        prediction, figure, sentences(prefill, decode),
        .init(
          question: "give attention more to do with a long context and a batch. When does it come first in decode?",
          command: data.command(
            "batch_sizes=[1, 16] input_lengths=[\(row.inputLength), \(4 * row.inputLength)] output_lengths=[9] --profile"
          ))))
  }

  private static func shares(_ profile: ReportProfile) -> [(name: String, share: Double)] {
    var shares = parts.map { part in
      (
        name: part.name,
        share: profile.operations.filter { part.operations.contains($0.name) }.reduce(0) { $0 + profile.share($1) }
      )
    }
    shares.append((rest, max(0, 1 - shares.reduce(0) { $0 + $1.share })))
    return shares
  }

  private static func sentences(_ prefill: ReportProfile, _ decode: ReportProfile) -> LessonSection.Sentences {
    func ranked(_ profile: ReportProfile) -> [(name: String, share: Double)] {
      shares(profile).sorted { $0.share > $1.share }
    }
    let (first, second) = (ranked(prefill), ranked(decode))
    let measured =
      "In prefill \(first[0].name) take\(plural(first[0].name)) \(Quantity.percent(first[0].share)) and \(first[1].name) "
      + "\(Quantity.percent(first[1].share)); in decode it is \(second[0].name) with \(Quantity.percent(second[0].share)) and "
      + "\(second[1].name) with \(Quantity.percent(second[1].share))."
    func share(_ profile: ReportProfile, _ name: String) -> Double {
      shares(profile).first { $0.name == name }?.share ?? 0
    }
    let (before, after) = (share(prefill, "the logits"), share(decode, "the logits"))
    let meaning =
      after > before
      ? "The logits grow from \(Quantity.percent(before)) to \(Quantity.percent(after)), because prefill needs them for the last "
        + "position only and decode for every token that it writes."
      : "The logits take \(Quantity.percent(before)) of prefill, which needs them for the last position only, and "
        + "\(Quantity.percent(after)) of decode, which needs them for every token."
    return .init(measured: measured, meaning: meaning, reason: work(prefill, decode))
  }

  /// What the busiest product does for each byte in both phases.
  private static func work(_ prefill: ReportProfile, _ decode: ReportProfile) -> String {
    // Logits are of one position in both phases; attention reads no weights.
    let products = decode.operations.filter {
      $0.isOfPass && $0.flop > 0 && $0.bytes > 0 && $0.name != "logits" && $0.name != "attention"
    }
    guard let busiest = products.max(by: { $0.seconds < $1.seconds }),
      let same = prefill.operations.first(where: { $0.name == busiest.name && $0.bytes > 0 })
    else { return "The operations are the same in both phases; only the number of tokens that they work on differs." }
    let reach: String
    if let one = same.rooflineFraction, let other = busiest.rooflineFraction {
      reach = ", at \(Quantity.percent(one)) and \(Quantity.percent(other)) of what the ceilings allow"
    } else {
      reach = ""
    }
    return "The operations are the same in both phases, but the product \"\(busiest.name)\" does "
      + "\(Quantity.number(same.flop / same.bytes)) FLOP for each byte in prefill and "
      + "\(Quantity.number(busiest.flop / busiest.bytes)) in decode\(reach)."
  }

  private static func plural(_ name: String) -> String { name == "attention itself" || name == rest ? "s" : "" }

  private static func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
