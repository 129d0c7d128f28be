import Transformer

/// The rows of one results folder: a machine, a model, a dtype, or another program.
struct ReportSystem: Sendable, Equatable {
  /// What figures and tables call it; unique within a report.
  var label: String
  var rows: [ReportRow]
  /// What could not be read.
  var notes: [String] = []

  /// The label beside a dtype, which stands in many labels already.
  func label(with dtype: String) -> String {
    label.split { !$0.isLetter && !$0.isNumber }.contains(Substring(dtype)) ? label : "\(label), \(dtype)"
  }

  var measured: [ReportRow] { rows.filter(\.isMeasured) }
  var unmeasured: [ReportRow] { rows.filter { !$0.isMeasured } }

  /// The highest that any row has measured: what a machine has shown once it can do.
  var ceilings: Ceilings? {
    rows.compactMap(\.ceilings).reduce(nil) { best, next in best.map { $0.raised(to: next) } ?? next }
  }

  /// A results file is read up to this many bytes and rows.
  static let byteLimit = 1 << 28
  static let rowLimit = 4000

  /// Reads DIR/results.jsonl, or the file itself.
  ///
  /// Lines that are no rows (a crash tears the last one) are left out and noted.
  ///
  /// - Throws: `InputError` when there is no such file or nothing in it is a row.
  static func read(_ path: String) throws -> ReportSystem {
    guard !path.isEmpty else {
      throw InputError(path: ["DIR"], problem: "names no folder", cure: "Give the folder of a run's results.")
    }
    let file = path.hasSuffix(".jsonl") ? path : trimmed(path) + "/" + ResultsFile.name
    let bytes: [UInt8]
    do {
      bytes = try RegularFile.contents(of: file, sizeLimit: byteLimit)
    } catch {
      throw InputError(
        file: file, problem: error.problem,
        cure: "Give a folder that `llm-bench run --output` wrote: one with \(ResultsFile.name) in it.")
    }
    var system = ReportSystem(label: path, rows: [])
    var skipped: [Int] = []
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
    where !line.allSatisfy({ $0 == 32 || $0 == 13 || $0 == 9 }) {
      guard system.rows.count < rowLimit else {
        system.notes.append("\(file): only the first \(rowLimit) rows are shown")
        break
      }
      if let value = try? JSONParser(file: file).parse(Array(line)), let row = ReportRow(value) {
        system.rows.append(row)
      } else {
        skipped.append(index + 1)
      }
    }
    guard !system.rows.isEmpty else {
      throw InputError(
        file: file, problem: "holds no row of results",
        cure: skipped.isEmpty
          ? "Measure something first: llm-bench run CONFIG.yaml" : "Check that it is the right file.")
    }
    if !skipped.isEmpty {
      let lines = skipped.prefix(5).map(String.init).joined(separator: ", ") + (skipped.count > 5 ? ", …" : "")
      system.notes.append("\(file): left out as no rows of results: \(counted(skipped.count, "line")) (line \(lines))")
    }
    system.rows = latest(system.rows)
    return system
  }

  /// A trial that was tried again is its measured row, else its last one.
  private static func latest(_ rows: [ReportRow]) -> [ReportRow] {
    var place: [ReportRow.Key: Int] = [:]
    var result: [ReportRow] = []
    for row in rows {
      if let index = place[row.key] {
        if row.isMeasured || !result[index].isMeasured { result[index] = row }
      } else {
        place[row.key] = result.count
        result.append(row)
      }
    }
    return result
  }

  private static func trimmed(_ path: String) -> String {
    path.lastIndex { $0 != "/" }.map { String(path[...$0]) } ?? ""
  }
}
