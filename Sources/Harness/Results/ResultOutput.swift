import Synchronization
import Transformer

/// Where rows go: the results file first, then standard output.
///
/// A signal may come at any time on a thread of its own; the lock makes a row whole or absent.
public final class ResultOutput: Sendable {
  private struct State {
    var file: ResultsFile?
    var headerIsPrinted = false
    var isFinished = false
    var printedRows = 0
    /// Kept for a format that shows them together in the end.
    var rows: [RecordedRow] = []
    var recordedRows = 0
  }

  public let format: ResultFormat
  private let parameterCount: Int
  private let namesEngines: Bool
  private let standardOutput: any TextSink
  private let state: Mutex<State>

  /// - Parameters:
  ///   - namesEngines: whether lines of `text` begin with the engine.
  ///   - file: `nil` keeps nothing on disk.
  init(
    format: ResultFormat, parameterCount: Int, namesEngines: Bool = false, file: sending ResultsFile?,
    standardOutput: any TextSink
  ) {
    self.format = format
    self.parameterCount = parameterCount
    self.namesEngines = namesEngines
    self.standardOutput = standardOutput
    state = Mutex(State(file: file))
  }

  /// Rows written by this run.
  public var recordedRows: Int { state.withLock { $0.recordedRows } }

  /// Whether anything has been printed.
  public var hasBegun: Bool { state.withLock { $0.headerIsPrinted } }

  /// Prints what comes before the first row, once.
  func begin() throws { try state.withLock { try printHeader(&$0) } }

  /// Brings a row to disk, then prints it. A row that cannot be kept is printed all the same before the error is thrown.
  func record(_ row: RecordedRow) throws {
    try state.withLock { state in
      guard !state.isFinished else { return }
      let kept = Result { try state.file?.append(row.line) }
      if case .success = kept { state.recordedRows += 1 }
      let printedRows = state.printedRows
      try print(row, &state)
      do {
        try kept.get()
      } catch var error as InputError {
        if state.printedRows > printedRows { error.problem += "; the row printed last is not in it" }
        throw error
      }
    }
  }

  /// Prints a row that the file holds already.
  func replay(_ row: RecordedRow) throws {
    try state.withLock { state in
      guard !state.isFinished else { return }
      try print(row, &state)
    }
  }

  /// Ends the output; rows that come later are ignored. `body` runs under the lock, so that it can end the process with
  /// no row half written.
  ///
  /// - Parameter body: given the number of rows that this run wrote.
  public func finish(_ body: @Sendable (Int) -> Void = { _ in }) throws {
    try state.withLock { state in
      defer { body(state.recordedRows) }
      guard !state.isFinished else { return }
      state.isFinished = true
      try printHeader(&state)
      let footer = format.footer(state.rows, isEmpty: state.printedRows == 0)
      if !footer.isEmpty { try standardOutput.write(footer) }
    }
  }

  private func printHeader(_ state: inout State) throws {
    guard !state.headerIsPrinted else { return }
    state.headerIsPrinted = true
    let header = format.header(parameterCount: parameterCount)
    if !header.isEmpty { try standardOutput.write(header) }
  }

  private func print(_ row: RecordedRow, _ state: inout State) throws {
    try printHeader(&state)
    if format == .comparison { state.rows.append(row) }
    let text = format.row(row, isFirst: state.printedRows == 0, namesEngine: namesEngines)
    // A row that the format does not show leaves the next one the first.
    if text.isEmpty { return }
    try standardOutput.write(text)
    state.printedRows += 1
  }
}
