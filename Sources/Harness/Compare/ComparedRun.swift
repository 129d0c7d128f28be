import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The rows of one side of a comparison: of one run, or of the rounds of one that took turns with another.
struct ComparedRun: Sendable {
  /// [round][row]
  let rounds: [[RecordedRow]]
  /// Whether the rounds lie in folders of their own, so that the n-th round of one side belongs to that of the other.
  let isInRounds: Bool

  /// A trial, whoever measured it and in whatever order.
  struct Key: Hashable, Sendable {
    var engine: String
    var batchSize: Int
    var inputLength: Int
    var outputLength: Int
    /// 0 for the first row of this trial in its file, 1 for a trial that the grid names twice, ….
    var occurrence: Int
  }

  init(rounds: [[RecordedRow]], isInRounds: Bool) {
    self.rounds = rounds
    self.isInRounds = isInRounds
  }

  /// - Parameter path: a results file, the folder of one, or a folder of `round-…` folders.
  /// - Throws: `InputError` when there is none, or when a line cannot be read.
  init(path: String) throws {
    let trimmed = path.lastIndex { $0 != "/" }.map { String(path[...$0]) } ?? path
    let file = trimmed + "/" + ResultsFile.name
    if case .file = FileKind(of: trimmed) {
      self.init(rounds: [try Self.rows(trimmed)], isInRounds: false)
    } else if case .file = FileKind(of: file) {
      self.init(rounds: [try Self.rows(file)], isInRounds: false)
    } else {
      let files = (1...Self.maximumRoundCount).lazy.map { "\(trimmed)/\(Self.roundName($0))/\(ResultsFile.name)" }
        .prefix { FileKind(of: $0) == .file }
      guard !files.isEmpty else {
        throw InputError(
          file: path, problem: "holds no \(ResultsFile.name)",
          cure: "Give a folder that `llm-bench run --output` wrote.")
      }
      self.init(rounds: try files.map { try Self.rows($0) }, isInRounds: true)
    }
  }

  static let maximumRoundCount = 1000

  /// "round-007"
  static func roundName(_ round: Int) -> String {
    let digits = String(round)
    return "round-" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
  }

  private static func rows(_ file: String) throws -> [RecordedRow] {
    let limit = 1 << 30
    // A pipe might never end.
    var status = stat()
    guard stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw InputError(file: file, problem: "is not a regular file", cure: "Give a results file or its folder.")
    }
    guard let bytes = SystemFile.bytes(file, limit: limit) else {
      throw InputError(file: file, problem: "cannot be read: \(errorText(errno))", cure: "Permit reading.")
    }
    guard bytes.count < limit else {
      throw InputError(file: file, problem: "has \(limit) bytes or more", cure: "Split the sweep.")
    }
    // What follows the last line end is a row that is being written, or that a crash has torn.
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
    return try lines.enumerated().map { index, line in
      try RecordedRow(line: String(decoding: line, as: UTF8.self), file: file, lineNumber: index + 1)
    }
  }

  /// Measured rows of each trial, in the order of the rounds; a trial that ran again after a failure counts once.
  func trials() -> [(key: Key, rows: [RecordedRow])] {
    var rows: [Key: [RecordedRow]] = [:]
    var order: [Key] = []
    for round in rounds {
      var seen: [Key: Int] = [:]
      for row in round where row.status == "ok" {
        var key = Key(
          engine: row.value["engine"]?.stringValue ?? "native", batchSize: row.trial.batchSize,
          inputLength: row.trial.inputLength, outputLength: row.trial.outputLength, occurrence: 0)
        let occurrence = seen[key, default: 0]
        seen[key] = occurrence + 1
        key.occurrence = occurrence
        if rows[key] == nil { order.append(key) }
        rows[key, default: []].append(row)
      }
    }
    return order.map { ($0, rows[$0]!) }
  }
}

extension ComparedRun.Key {
  /// "batch 1, 128 in, 8 out"
  var text: String {
    (engine == "native" ? "" : "\(engine): ") + "batch \(batchSize), \(inputLength) in, \(outputLength) out"
      + (occurrence > 0 ? ", row \(occurrence + 1)" : "")
  }
}
