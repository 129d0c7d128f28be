import Transformer

/// The whole sweep that parts are held against: its trials, numbered from 1 as `--list` prints them.
struct TrialList: Sendable, Equatable {
  var trials: [Trial]

  init(_ trials: [Trial]) { self.trials = trials }

  /// The list that rows carry; `nil` when one of them carries none, so that nobody can tell what is missing.
  ///
  /// A sweep may have been resumed with a longer grid, so the largest one counts when it has all trials of the others.
  ///
  /// - Throws: `InputError` when no grid has all trials, or when a row is no trial of its own grid.
  init?(of rows: [PlacedRow]) throws {
    var grids: [SweepGrid: PlacedRow] = [:]
    for row in rows {
      let value = row.row.value["grid"] ?? .null
      if value == .null { return nil }
      guard let grid = SweepGrid(json: value) else {
        throw InputError(
          file: row.place, path: ["grid"], problem: "is not a grid of 1 to \(SweepGrid.maximumTrialCount) trials",
          cure: "Leave the file out, or run its trial again.")
      }
      if grids[grid] == nil { grids[grid] = row }
    }
    // At least one row, so at least one grid; the comparison keeps the outcome independent of the dictionary's order.
    let largest = grids.max { ($0.key.trialCount ?? 0, $1.value.place) < ($1.key.trialCount ?? 0, $0.value.place) }
    guard let (grid, row) = largest else { return nil }
    for (other, otherRow) in grids where !grid.contains(other) {
      throw InputError(
        file: otherRow.place, path: ["grid"], problem: "has trials that the grid of \(row.place) lacks",
        cure: "Name the sweep file of the whole list with --config.")
    }
    trials = grid.trials(benchmarkName: try Self.benchmarkName(row))
  }

  /// A row's name without the sizes.
  private static func benchmarkName(_ row: PlacedRow) throws -> String {
    let trial = row.row.trial
    let suffix = SweepGrid.suffix(trial.batchSize, trial.inputLength, trial.outputLength)
    guard trial.name.hasSuffix(suffix) else {
      throw InputError(
        file: row.place, path: ["name"], problem: "is \(trial.name), which does not end in the sizes \(suffix)",
        cure: "Remove the line, or leave the file out.")
    }
    return String(trial.name.dropLast(suffix.count))
  }

  /// - Throws: `InputError` for the first row that is no trial of the list.
  func check(_ rows: [PlacedRow], sweepFile: String?) throws {
    let known = Set(trials)
    for row in rows where !known.contains(row.row.trial) {
      throw InputError(
        file: row.place, path: ["name"],
        problem: "\(row.row.trial.name) is no trial of \(sweepFile ?? "the grid that the row carries")",
        cure: "Leave its folder out, or name the sweep file that has it with --config.")
    }
  }
}
