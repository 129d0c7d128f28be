import Transformer

extension SweepResolver {
  /// Who measures the trials: `engine`, or what the original's `use_deepspeed` says.
  func engines() -> [EngineName] {
    guard let located = values.engines else { return [values.useDeepSpeed?.value == true ? .deepspeed : .native] }
    var engines: [EngineName] = []
    let known = EngineName.allCases.map(\.rawValue)
    for name in located {
      guard let engine = EngineName(rawValue: name.value) else {
        report(
          "engine \(Excerpt.quoted(name.value)) is not known",
          cure: Suggestion.closest(to: name.value, among: known).map { "did you mean '\($0)'?" }
            ?? "write one or more of \(known.joined(separator: ", "))", at: name)
        continue
      }
      if engines.contains(engine) {
        report("engine \(Excerpt.quoted(name.value)) is named twice", cure: "name it once", at: name)
      }
      engines.append(engine)
    }
    if let deepSpeed = values.useDeepSpeed, deepSpeed.value, !engines.contains(.deepspeed) {
      report(
        "use_deepspeed is true, but engine does not name deepspeed", cure: "write false, or add deepspeed to engine",
        at: deepSpeed)
    }
    if engines != [.native] {
      if let order = values.order, order.value != Sweep.Order.grid.rawValue {
        report(
          "order \(Excerpt.quoted(order.value)) is for engine native alone",
          cure: "remove it: engines take turns by engine_rounds", at: order)
      }
      if let interval = values.untilInterval {
        report(
          "samples until an interval are for engine native alone", cure: "remove it, or write engine: native",
          at: interval)
      }
    }
    return engines
  }
}
