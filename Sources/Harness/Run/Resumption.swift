import Transformer

/// What of a results file a run may go on with.
enum Resumption {
  /// The rows of `trials` that need no measuring again, by the trial's number, from 1.
  ///
  /// A grid may have grown or shrunk since; rows of trials that it no longer has are left alone. A trial that the grid
  /// names twice has two rows. Rows of other engines are left alone too.
  ///
  /// - Throws: `InputError` when a row comes from another sweep, machine, dtype, thread count, instruction set or build:
  ///   a table of both would compare what cannot be compared.
  static func measured(
    _ rows: [RecordedRow], file: String, trials: [Trial], identity: RunIdentity, engine: EngineName = .native
  ) throws -> [Int: RecordedRow] {
    var measured: [Trial: [RecordedRow]] = [:]
    for (index, row) in rows.enumerated() where row.engine == engine {
      try check(row, place: "\(file):\(index + 1)", identity)
      if row.status == "ok" { measured[row.trial, default: []].append(row) }
    }
    var kept: [Int: RecordedRow] = [:]
    var used: [Trial: Int] = [:]
    for (index, trial) in trials.enumerated() {
      let occurrence = used[trial, default: 0]
      guard let rows = measured[trial], occurrence < rows.count else { continue }
      kept[index + 1] = rows[occurrence]
      used[trial] = occurrence + 1
    }
    return kept
  }

  private static func check(_ row: RecordedRow, place: String, _ identity: RunIdentity) throws {
    for (there, here) in zip(row.identity.fields, identity.fields) where there.value != here.value {
      throw InputError(
        file: place, path: [there.key],
        problem: there.key == "fingerprint"
          ? "comes from another sweep: the sweep file or an override has changed"
          : "is \(there.value), but this run's is \(here.value)",
        cure: "Give another --output, or run with the same file, overrides, threads and machine as before.")
    }
  }
}
