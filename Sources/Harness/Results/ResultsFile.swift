import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `results.jsonl`: one row a trial, on disk before the next trial begins.
///
/// A row is one write and one fsync. A process that dies in the middle of it leaves a last line without its end; such a
/// line is cut off when the file is opened again, any other that is no row is an error. A lock keeps two runs from
/// writing to one file.
final class ResultsFile {
  static let name = "results.jsonl"

  let path: String
  /// Rows that were in the file when it was opened, in its order.
  let rows: [RecordedRow]
  /// What was done about a torn last line.
  let note: String?
  private let descriptor: Int32
  /// Bytes of whole rows.
  private var length: Int

  /// Opens or creates `folder`/results.jsonl.
  ///
  /// - Throws: `InputError` when the folder or file cannot be written, when another run holds it, when a line is neither
  ///   a row nor the beginning of one at the end, or when it has rows and `keepsRows` is false.
  ///
  /// - Parameter flags: how the file is opened; tests give one that cannot be written.
  init(folder: String, keepsRows: Bool, flags: Int32 = O_RDWR) throws {
    try ResultsFolder.create(folder)
    path = folder + "/" + Self.name
    descriptor = open(path, flags | O_CREAT | O_CLOEXEC | O_APPEND, 0o644)
    guard descriptor >= 0 else { throw Self.failure(path, "cannot be opened for writing") }
    do {
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        throw errno == EWOULDBLOCK
          ? InputError(
            file: path, problem: "is being written by another run", cure: "Wait for it or give another --output.")
          : Self.failure(path, "cannot be locked")
      }
      let content = try Self.content(of: descriptor, path: path)
      if !content.isEmpty && !keepsRows {
        throw InputError(
          file: path, problem: "already holds results",
          cure: "Add --resume to go on with them, give another --output, or remove the file.")
      }
      (rows, length) = try Self.wholeRows(content, path: path)
      try Self.synchronizeFolder(folder)
      if length < content.count {
        guard ftruncate(descriptor, off_t(length)) == 0 else { throw Self.failure(path, "cannot be truncated") }
        note = "\(path): cut off a torn last line (\(content.count - length) bytes); its trial runs again"
      } else {
        note = nil
      }
    } catch {
      // While `note` has no value, nothing else closes it.
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// Appends a row and waits until it is on disk.
  ///
  /// - Throws: `InputError` with what the system said; the file then holds the rows it held before.
  func append(_ line: String) throws {
    var bytes = Array(line.utf8)
    bytes.append(UInt8(ascii: "\n"))
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, bytes.count - written) }
      if count < 0 {
        if errno == EINTR { continue }
        throw takeBack(Self.failure(path, "cannot be written"))
      }
      written += count
    }
    guard fsync(descriptor) == 0 else { throw takeBack(Self.failure(path, "cannot be brought to disk")) }
    length += bytes.count
  }

  /// Removes the part of a row that did get written.
  private func takeBack(_ error: InputError) -> InputError {
    _ = ftruncate(descriptor, off_t(length))
    return error
  }

  private static func content(of descriptor: Int32, path: String) throws -> [UInt8] {
    // Rows hold a time for each token; a gigabyte of them is no results file.
    let limit = 1 << 30
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { throw failure(path, "cannot be examined") }
    guard information.st_mode & S_IFMT == S_IFREG else {
      throw InputError(file: path, problem: "is not a regular file", cure: "Give another --output.")
    }
    guard information.st_size <= limit else {
      throw InputError(file: path, problem: "has more than \(limit) bytes", cure: "Give another --output.")
    }
    guard let bytes = SystemFile.bytes(of: descriptor, count: Int(information.st_size)) else {
      throw failure(path, "cannot be read")
    }
    return bytes
  }

  /// The rows and the bytes they take. A torn last line is not counted.
  private static func wholeRows(_ content: [UInt8], path: String) throws -> (rows: [RecordedRow], length: Int) {
    var rows: [RecordedRow] = []
    var start = 0
    var lineNumber = 0
    while let end = content[start...].firstIndex(of: UInt8(ascii: "\n")) {
      lineNumber += 1
      do {
        let line = String(decoding: content[start..<end], as: UTF8.self)
        rows.append(try RecordedRow(line: line, file: path, lineNumber: lineNumber))
      } catch {
        if end + 1 == content.count && isTorn(content[start...]) { break }
        throw error
      }
      start = end + 1
    }
    guard start == content.count || isTorn(content[start...]) else {
      throw RecordedRow.foreign(place: "\(path):\(lineNumber + 1)", problem: "is no row of results")
    }
    return (rows, start)
  }

  /// Whether a last line is what a write that came to no end leaves behind: the beginning of a row, or blocks that were
  /// never filled and read as zeros. All else was put there by somebody who may want it back.
  private static func isTorn(_ line: ArraySlice<UInt8>) -> Bool {
    let beginning = Array(RecordedRow.beginning.utf8)
    guard line.first == 0 || line.starts(with: beginning.prefix(line.count)) else { return false }
    return line.last != UInt8(ascii: "\n") || line.contains(0)
  }

  /// A new file's name is safe only when its folder is on disk too.
  static func synchronizeFolder(_ folder: String) throws {
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    guard descriptor >= 0 else { throw failure(folder, "cannot be opened") }
    defer { close(descriptor) }
    // Some file systems cannot synchronise folders and say EINVAL.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure(folder, "cannot be brought to disk") }
  }

  private static func failure(_ path: String, _ what: String) -> InputError {
    InputError(
      file: path, problem: "\(what): \(errorText(errno))",
      cure: "Make room or permit writing, or give another --output.")
  }
}
