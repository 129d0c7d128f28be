/// One row for each trial, and what became of the others.
struct MergedRows: Sendable, Equatable {
  /// In the order of the list.
  var rows: [PlacedRow] = []
  /// Rows that measure a trial once more.
  var duplicates: [Duplicate] = []
  /// Places in the list, from 1, that no row fills, for each engine.
  var gaps: [Gap] = []
  /// Copies, byte for byte, of a row that is there.
  var copies = 0
  /// Rows of trials that did not end well and of which another row is kept.
  var superseded = 0

  struct Duplicate: Sendable, Equatable {
    var kept: PlacedRow
    var leftOut: PlacedRow
  }

  struct Gap: Sendable, Equatable {
    var number: Int
    var trial: String
    var engine: EngineName
  }

  /// Chooses, for each trial, the first row that was measured; where there is none, the last that says why not.
  ///
  /// The choice knows nothing of the figures: taking the fastest, say, would make the result better than any run was. A
  /// trial that the list names twice has two rows, as it has after a plain run.
  ///
  /// - Parameters:
  ///   - list: the whole sweep; `nil` when nobody knows it. Every row is one of its trials.
  ///   - engines: those of the sweep; others that rows come from join them.
  init(_ all: [PlacedRow], list: TrialList?, engines: [EngineName] = []) {
    var seen: Set<String> = []
    var engines = engines
    var groups: [Key: [PlacedRow]] = [:]
    for row in all {
      guard seen.insert(row.row.line).inserted else {
        copies += 1
        continue
      }
      if !engines.contains(row.engine) { engines.append(row.engine) }
      groups[Key(trial: row.row.trial, engine: row.engine), default: []].append(row)
    }
    var chosen: [(number: Int, engine: Int, row: PlacedRow)] = []
    let numbers = Self.numbers(groups, list)
    for (engine, name) in engines.enumerated() {
      for (trial, places) in numbers {
        let key = Key(trial: trial, engine: name)
        let kept = choose(groups[key] ?? [], count: places.count)
        for (row, number) in zip(kept, places) { chosen.append((number, engine, row)) }
        guard list != nil else { continue }
        gaps += places.dropFirst(kept.count).map { Gap(number: $0, trial: trial.name, engine: name) }
      }
    }
    rows = chosen.sorted { ($0.number, $0.engine) < ($1.number, $1.engine) }.map(\.row)
    gaps.sort { ($0.number, $0.engine.rawValue) < ($1.number, $1.engine.rawValue) }
    duplicates.sort { ($0.leftOut.row.number, $0.leftOut.place) < ($1.leftOut.row.number, $1.leftOut.place) }
  }

  /// Whether each trial is there and measured. What an engine cannot express is no failure where another one could.
  var isComplete: Bool {
    let measured = Set(rows.filter(\.isMeasured).map(\.row.trial))
    return gaps.isEmpty
      && rows.allSatisfy { $0.isMeasured || $0.row.status == "refused" && measured.contains($0.row.trial) }
  }

  private struct Key: Hashable {
    var trial: Trial
    var engine: EngineName
  }

  /// Where each trial stands in the list, more than once when it is there more than once.
  private static func numbers(_ groups: [Key: [PlacedRow]], _ list: TrialList?) -> [Trial: [Int]] {
    var numbers: [Trial: [Int]] = [:]
    if let list {
      for (index, trial) in list.trials.enumerated() { numbers[trial, default: []].append(index + 1) }
    } else {
      for (key, rows) in groups {
        numbers[key.trial] = Set(numbers[key.trial] ?? []).union(rows.map(\.row.number)).sorted()
      }
    }
    return numbers
  }

  /// At most `count` rows of one trial.
  private mutating func choose(_ rows: [PlacedRow], count: Int) -> [PlacedRow] {
    let measured = rows.filter(\.isMeasured)
    var kept = Array(measured.prefix(count))
    for row in measured.dropFirst(count) { duplicates.append(Duplicate(kept: kept[0], leftOut: row)) }
    let others = rows.filter { !$0.isMeasured }
    let filling = others.suffix(count - kept.count)
    kept += filling
    superseded += others.count - filling.count
    return kept
  }
}
