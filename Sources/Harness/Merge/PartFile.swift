import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads a results file that is to be merged.
///
/// It is stricter than resuming: a torn line is no trial that will run again now, it is a measurement that was lost, and
/// whoever merges shall hear of it.
enum PartFile {
  /// Rows hold a time for each token; a gigabyte of them is no results file.
  static let maximumByteCount = 1 << 30

  /// The file's rows; none for an empty file, which is what a task that was ended before its first row leaves.
  ///
  /// - Throws: `InputError` with file and line for what is no row, and for a file that a run is writing.
  static func rows(_ path: String) throws -> [PlacedRow] {
    let content = try Self.content(path)
    var rows: [PlacedRow] = []
    var start = 0
    var lineNumber = 0
    while start < content.count {
      lineNumber += 1
      let place = "\(path):\(lineNumber)"
      guard let end = content[start...].firstIndex(of: UInt8(ascii: "\n")) else {
        throw InputError(
          file: place, problem: "is torn: the line has no end, its run died while it wrote",
          cure: "Run the trial again with --resume and this folder, which cuts the line off; or remove the line.")
      }
      guard let line = String(validating: content[start..<end], as: UTF8.self) else {
        throw InputError(file: place, problem: "is not UTF-8, so it is no row of results", cure: Self.cure)
      }
      rows.append(PlacedRow(row: try row(line, path, lineNumber), file: path, lineNumber: lineNumber))
      start = end + 1
    }
    return rows
  }

  private static let cure = "Remove the line, or leave the file out."

  private static func row(_ line: String, _ path: String, _ lineNumber: Int) throws -> RecordedRow {
    let place = "\(path):\(lineNumber)"
    // A file system that lost power may leave zeros where the line should be.
    if line.utf8.contains(0) || line.allSatisfy(\.isWhitespace) {
      throw InputError(file: place, problem: "is no row of results: it is empty or zeros", cure: cure)
    }
    let row: RecordedRow
    do {
      row = try RecordedRow(line: line, file: path, lineNumber: lineNumber)
    } catch var error as InputError {
      error.cure = cure
      throw error
    }
    guard row.number >= 1 else {
      throw InputError(file: place, path: ["trial"], problem: "is \(row.number), not a number from 1", cure: cure)
    }
    return row
  }

  private static func content(_ path: String) throws -> [UInt8] {
    // Non-blocking: a named pipe that nobody writes to shall not be waited for.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { throw failure(path) }
    guard information.st_mode & S_IFMT == S_IFREG else {
      throw InputError(
        file: path, problem: "is not a regular file", cure: "Name folders that `llm-bench run` wrote.")
    }
    guard information.st_size <= maximumByteCount else {
      throw InputError(
        file: path, problem: "has more than \(maximumByteCount) bytes, which no results file has",
        cure: "Name folders that `llm-bench run` wrote.")
    }
    // A run holds the file exclusively. Where a file system has no locks, there is none to respect.
    if flock(descriptor, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK {
      throw InputError(
        file: path, problem: "is being written by a run", cure: "Wait for it, or leave its folder out.")
    }
    guard let bytes = SystemFile.bytes(of: descriptor, count: Int(information.st_size)) else { throw failure(path) }
    return bytes
  }

  private static func failure(_ path: String) -> InputError {
    InputError(
      file: path, problem: "cannot be read: \(errorText(errno))", cure: "Permit reading it, or leave it out.")
  }
}
