import Transformer

extension CallProfile {
  /// The row's `profile` object: `decode` is null for a call that makes one token.
  func json(_ ceilings: Ceilings?) -> ConfigurationValue {
    var object = JSONObject()
    object["prefill"] = prefill.json(ceilings)
    object["decode"] = decode.tokenCount > 0 ? decode.json(ceilings) : .null
    return object.value
  }

  /// A table for each phase.
  func text(_ ceilings: Ceilings?) -> String {
    prefill.text("prefill", ceilings) + (decode.tokenCount > 0 ? "\n" + decode.text("decode", ceilings) : "")
  }
}

extension PhaseProfile {
  fileprivate func json(_ ceilings: Ceilings?) -> ConfigurationValue {
    var object = JSONObject()
    object["tokens"] = .integer(tokenCount)
    object["passes"] = .integer(passCount)
    object["dropped_passes"] = .integer(droppedPasses)
    object["time_s"] = .number(Self.seconds(duration))
    object["wait_s"] = .number(Self.seconds(wait))
    object["outside_s"] = .number(Self.seconds(outside))
    object["operations"] = .array(
      lines.map { line in
        var row = JSONObject()
        row["operation"] = .string(line.operation.name)
        row["calls"] = .integer(line.calls)
        row["time_s"] = .number(Self.seconds(line.duration))
        row["wait_s"] = .number(Self.seconds(line.wait))
        row["flop"] = .number(line.cost.flop)
        row["bytes"] = .number(line.cost.bytes)
        row["roofline_fraction"] = .optional(ceilings.flatMap { line.rooflineFraction($0) })
        return row.value
      })
    return object.value
  }

  fileprivate func text(_ name: String, _ ceilings: Ceilings?) -> String {
    var table = TextTable(
      ["\(name), ms a token", "calls", "time", "%", "of it wait", "GFLOP", "MB", "GFLOP/s", "GB/s", "% of roofline"],
      textColumns: 1)
    let tokens = Double(max(1, tokenCount))
    for line in lines {
      let seconds = Self.seconds(line.duration)
      table.add([
        line.operation.name, "\(line.calls / max(1, tokenCount))", fixed(seconds * 1000 / tokens, 3),
        part(line.duration),
        fixed(Self.seconds(line.wait) * 1000 / tokens, 3), fixed(line.cost.flop * 1e-9 / tokens, 3),
        fixed(line.cost.bytes * 1e-6 / tokens, 2), seconds > 0 ? fixed(line.cost.flop * 1e-9 / seconds, 1) : "",
        seconds > 0 ? fixed(line.cost.bytes * 1e-9 / seconds, 1) : "",
        ceilings.flatMap { line.rooflineFraction($0) }.map { fixed($0 * 100, 1) } ?? "",
      ])
    }
    func rest(_ name: String, _ duration: UInt64, wait: String = "") {
      table.add(
        [name, "", fixed(Self.seconds(duration) * 1000 / tokens, 3), part(duration), wait]
          + Array(repeating: "", count: 5))
    }
    rest("outside of passes", outside)
    rest("all", duration, wait: fixed(Self.seconds(wait) * 1000 / tokens, 3))
    rest("barrier wait, within the above", wait)
    let dropped = droppedPasses > 0 ? "\(droppedPasses) passes are not in this table: the log was full\n" : ""
    return table.text + dropped
  }

  private func part(_ part: UInt64) -> String {
    duration > 0 ? fixed(Double(part) * 100 / Double(duration), 1) : ""
  }

  private static func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e9 }
}
