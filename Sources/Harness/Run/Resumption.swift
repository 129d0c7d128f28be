import Transformer

/// What of a results file a run may go on with.
enum Resumption {
  /// The last row of each trial, by its number.
  ///
  /// - Throws: `InputError` when a row comes from another sweep, machine, dtype, thread count, instruction set or build:
  ///   a table of both would compare what cannot be compared.
  static func rows(
    _ rows: [RecordedRow], file: String, trials: [Trial], identity: RunIdentity
  ) throws -> [Int: RecordedRow] {
    var last: [Int: RecordedRow] = [:]
    for (index, row) in rows.enumerated() {
      let place = "\(file):\(index + 1)"
      for (there, here) in zip(row.identity.fields, identity.fields) where there.value != here.value {
        throw InputError(
          file: place, path: [there.key],
          problem: there.key == "fingerprint"
            ? "comes from another sweep: the sweep file or an override has changed"
            : "is \(there.value), but this run's is \(here.value)",
          cure: "Give another --output, or run with the same file, overrides, threads and machine as before.")
      }
      guard trials.indices.contains(row.number - 1), trials[row.number - 1] == row.trial else {
        throw InputError(
          file: place, path: ["trial"],
          problem: "is \(row.number) (\(row.trial.name)), which is no trial of this sweep",
          cure: "Give another --output.")
      }
      last[row.number] = row
    }
    return last
  }
}
