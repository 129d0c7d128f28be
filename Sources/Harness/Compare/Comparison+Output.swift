import Transformer

/// How a comparison stands on standard output.
public enum ComparisonFormat: String, Sendable, CaseIterable {
  case text, markdown, json
}

extension Comparison {
  func text(_ format: ComparisonFormat) -> String {
    switch format {
    case .text: notes.map { $0 + "\n" }.joined() + table.text
    case .markdown: notes.map { $0 + "\n\n" }.joined() + table.markdown
    case .json: JSONWriter(indentation: 2).text(json) + "\n"
    }
  }

  /// What a reader must know before the table.
  private var notes: [String] {
    var notes: [String] = []
    if !differences.isEmpty {
      notes.append(
        "A and B differ in " + differences.map { "\($0.field) (\($0.a), \($0.b))" }.joined(separator: ", "))
    }
    if !onlyInA.isEmpty { notes.append("only in A: " + onlyInA.joined(separator: "; ")) }
    if !onlyInB.isEmpty { notes.append("only in B: " + onlyInB.joined(separator: "; ")) }
    if !isPaired {
      notes.append("measured in separate runs: what drifted between them counts as a difference")
    }
    return notes
  }

  private var table: TextTable {
    var table = TextTable(
      ["trial", "A (s)", "B (s)", "B / A", "99 % interval", "prefill B / A", "token B / A", "verdict"], textColumns: 1)
    for trial in trials {
      table.add([
        trial.name, seconds(trial.latency.a), seconds(trial.latency.b), number(trial.latency.ratio.ratio),
        trial.latency.ratio.interval.map { "\(number($0.lowerBound)) … \(number($0.upperBound))" } ?? "too few samples",
        number(trial.prefill.ratio.ratio), trial.token.map { number($0.ratio.ratio) } ?? "",
        trial.latency.verdict.rawValue,
      ])
    }
    return table
  }

  private func number(_ ratio: Double) -> String { ratio.isFinite ? fixed(ratio, 3) : "" }
  private func seconds(_ value: Double) -> String { value.isFinite ? fixed(value, value < 0.1 ? 6 : 4) : "" }

  var json: ConfigurationValue {
    func time(_ time: ComparedTime) -> ConfigurationValue {
      var object = JSONObject()
      object["a_s"] = .optional(time.a)
      object["b_s"] = .optional(time.b)
      object["ratio"] = .optional(time.ratio.ratio)
      object["ci_low"] = .optional(time.ratio.interval?.lowerBound)
      object["ci_high"] = .optional(time.ratio.interval?.upperBound)
      object["verdict"] = .string(time.verdict.rawValue)
      object["counts"] = .array(time.counts.map { .integer($0) })
      return object.value
    }
    var object = JSONObject()
    object["confidence"] = .number(1 - RatioInterval.error)
    object["margin_percent"] = .number(margin)
    object["paired"] = .bool(isPaired)
    object["differences"] = .array(
      differences.map { difference in
        var object = JSONObject()
        object["field"] = .string(difference.field)
        object["a"] = .string(difference.a)
        object["b"] = .string(difference.b)
        return object.value
      })
    object["only_in_a"] = .array(onlyInA.map { .string($0) })
    object["only_in_b"] = .array(onlyInB.map { .string($0) })
    object["trials"] = .array(
      trials.map { trial in
        var object = JSONObject()
        object["trial"] = .string(trial.name)
        object["verdict"] = .string(trial.latency.verdict.rawValue)
        object["latency"] = time(trial.latency)
        object["prefill"] = time(trial.prefill)
        object["token"] = trial.token.map(time) ?? .null
        return object.value
      })
    return object.value
  }
}
