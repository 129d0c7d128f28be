import Transformer

/// Sorts rows by machine and refuses those that no table should hold together.
enum MergeIdentity {
  /// What may differ between the machines of a fleet, though not on one of them.
  private static let ofMachine: Set<String> = ["machine", "threads", "isa"]

  /// The rows of each machine, in the order in which machines first appear.
  ///
  /// - Throws: `InputError` with both places when rows come from different sweeps, dtypes or builds, or when rows of one
  ///   engine on one machine were measured with different threads or instruction sets.
  static func machines(_ rows: [PlacedRow]) throws -> [[PlacedRow]] {
    var order: [String] = []
    var machines: [String: [PlacedRow]] = [:]
    var firsts: [Course: PlacedRow] = [:]
    for row in rows {
      if let first = rows.first { try check(row, first) { !ofMachine.contains($0) } }
      let course = Course(machine: row.machine, engine: row.engine)
      if let first = firsts[course] {
        try check(row, first) { ofMachine.contains($0) }
      } else {
        firsts[course] = row
      }
      if machines[row.machine] == nil { order.append(row.machine) }
      machines[row.machine, default: []].append(row)
    }
    return order.map { machines[$0]! }
  }

  /// An engine on a machine.
  private struct Course: Hashable {
    var machine: String
    var engine: EngineName
  }

  /// Refuses rows of another sweep than the one that was named.
  static func check(_ rows: [PlacedRow], fingerprint: String, sweepFile: String) throws {
    for row in rows where row.row.identity.fingerprint != fingerprint {
      throw InputError(
        file: row.place, path: ["fingerprint"], problem: "comes from another sweep than \(sweepFile)",
        cure: "Give the sweep file and the overrides that the row was measured with, or leave its folder out.")
    }
  }

  private static func check(_ row: PlacedRow, _ first: PlacedRow, _ matters: (String) -> Bool) throws {
    for (here, there) in zip(row.row.identity.fields, first.row.identity.fields)
    where matters(here.key) && here.value != there.value {
      throw InputError(
        file: row.place, path: [here.key],
        problem: here.key == "fingerprint"
          ? "comes from another sweep than \(first.place): the sweep file or an override differs"
          : "is \(here.value), but \(first.place) has \(there.value)",
        cure: "Merge only parts of one sweep that ran alike; leave the others out, or run them again.")
    }
  }
}
