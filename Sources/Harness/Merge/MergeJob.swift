import Transformer

/// `llm-bench merge`: joins the parts of a sweep that several runs measured into results folders.
///
/// Rows of one machine make one folder; several machines make one below `output` each, because a table that mixes them
/// compares what cannot be compared, unless that is asked for.
public struct MergeJob {
  public var options: MergeOptions
  private let standardOutput: any TextSink
  private let standardError: any TextSink

  public init(
    options: MergeOptions, standardOutput: any TextSink = DescriptorSink.standardOutput,
    standardError: any TextSink = DescriptorSink.standardError
  ) {
    self.options = options
    self.standardOutput = standardOutput
    self.standardError = standardError
  }

  /// Writes the folders and prints their paths on standard output, and what is wrong on standard error.
  ///
  /// - Returns: `.failed` when a trial is missing or has not been measured.
  /// - Throws: `InputError` or `SweepFileError` for bad input, before anything is written.
  public func run() throws -> CommandStatus {
    let output = try ResultsFolder.path(output: options.output, benchmark: "", resume: false)
    guard options.sweepFile != nil || options.overrides.isEmpty else {
      throw InputError(
        path: ["--override"], problem: "changes a sweep file, but none is named", cure: "Add --config.")
    }
    let sweep = try options.sweepFile.map { try SweepFile.load(path: $0, overrides: options.overrides) }
    guard try !PartFinder.hasResults(output) else {
      throw InputError(
        file: output, problem: "already holds results", cure: "Give another --output, or remove the folder.")
    }
    let files = try PartFinder.files(options.inputs)
    let parts = try files.map { (path: $0, rows: try PartFile.rows($0)) }
    let all = parts.flatMap(\.rows)
    guard !all.isEmpty else {
      throw InputError(
        file: options.inputs.first, problem: "no row of results in \(counted(files.count, "file"))",
        cure: "Run the sweep's trials first.")
    }
    let machines = try MergeIdentity.machines(all)
    let list: TrialList?
    if let sweep, let file = options.sweepFile {
      try MergeIdentity.check(all, fingerprint: sweep.fingerprint, sweepFile: file)
      list = TrialList(sweep.trials)
    } else {
      list = try TrialList(of: all)
    }
    try list?.check(all, sweepFile: options.sweepFile)

    for part in parts where part.rows.isEmpty {
      note("\(part.path): has no rows; its trial did not end")
    }
    var isComplete = true
    var paths: [String] = []
    let sets = options.acrossMachines ? [all] : machines
    let names = MergedFolder.names(sets.map { $0[0].machine })
    for (set, name) in zip(sets, names) {
      let merged = MergedRows(set, list: list, engines: sweep?.engines ?? [])
      let path = try MergedFolder.write(merged.rows, to: sets.count > 1 ? output + "/" + name : output)
      paths.append(path)
      report(merged, set, list, path: path)
      isComplete = isComplete && merged.isComplete
    }
    if sets.count > 1 {
      note("\(sets.count) machines are kept apart; --across-machines puts their rows into one file")
    }
    // When all is written: a reader that has gone must not leave half of it.
    for path in paths { try standardOutput.write(path.dropLast(ResultsFile.name.count + 1) + "\n") }
    return isComplete ? .done : .failed
  }

  private func report(_ merged: MergedRows, _ set: [PlacedRow], _ list: TrialList?, path: String) {
    let machines = Set(set.map(\.machine)).count
    let subject = machines == 1 ? set[0].machine : counted(machines, "machine")
    let count = merged.rows.count
    var text = "\(subject): "
    // With several engines a trial is wanted of each.
    text += list == nil ? counted(count, "trial") : "\(count) of \(counted(count + merged.gaps.count, "trial"))"
    let failed = merged.rows.count { !$0.isMeasured }
    if failed > 0 { text += ", \(failed) not measured" }
    note("\(text): \(path)")
    for row in merged.rows where !row.isMeasured {
      note("  not measured: \(row.row.number) \(row.row.displayName), \(row.row.status): \(row.place)")
    }
    for duplicate in merged.duplicates {
      note(
        "  duplicate: \(duplicate.leftOut.row.number) \(duplicate.leftOut.row.displayName):"
          + " kept \(duplicate.kept.place) (\(duplicate.kept.outcome)),"
          + " left out \(duplicate.leftOut.place) (\(duplicate.leftOut.outcome))")
    }
    if merged.copies > 0 { note("  copies of a row left out: \(merged.copies)") }
    if merged.superseded > 0 {
      note("  rows that were not measured and of which another attempt is kept: \(merged.superseded)")
    }
    for gap in merged.gaps {
      note("  missing: \(gap.number) \(RecordedRow.displayName(gap.trial, gap.engine))")
    }
    if !merged.gaps.isEmpty {
      note("  missing trials as a list: \(Self.ranges(Set(merged.gaps.map(\.number)).sorted()))")
    }
    if list == nil {
      note("  rows do not carry the sweep's grid, so nobody can tell what is missing: name the sweep with --config")
    }
    for difference in MergeConditions.differences(merged.rows) { note("  warning: \(difference)") }
  }

  /// "1,4-6,9": the form in which job arrays are asked for.
  static func ranges(_ numbers: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }

  private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

  /// Nobody may be reading; that is no reason to fail.
  private func note(_ text: String) { try? standardError.write(text + "\n") }
}
