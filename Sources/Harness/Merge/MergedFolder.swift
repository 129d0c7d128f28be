import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes merged rows as a results folder.
enum MergedFolder {
  /// Writes `folder`/results.jsonl: a temporary file that gets its name when all of it is on disk.
  ///
  /// - Returns: the file's path.
  static func write(_ rows: [PlacedRow], to folder: String) throws -> String {
    try ResultsFolder.create(folder)
    let path = folder + "/" + ResultsFile.name
    let partial = path + ".partial"
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure(partial) }
    do {
      defer { close(descriptor) }
      for row in rows { try write(row.row.line + "\n", descriptor, partial) }
      guard fsync(descriptor) == 0 else { throw failure(partial) }
    } catch {
      unlink(partial)
      throw error
    }
    guard rename(partial, path) == 0 else {
      let error = failure(path)
      unlink(partial)
      throw error
    }
    try ResultsFile.synchronizeFolder(folder)
    return path
  }

  /// A folder's name for each machine, no two the same.
  static func names(_ machines: [String]) -> [String] {
    var taken: Set<String> = []
    return machines.map { machine in
      let name = ResultsFolder.fileName(machine)
      var unique = name
      var count = 1
      while !taken.insert(unique).inserted {
        count += 1
        unique = "\(name)-\(count)"
      }
      return unique
    }
  }

  private static func write(_ text: String, _ descriptor: Int32, _ path: String) throws {
    let bytes = Array(text.utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        // The name `write` is this type's own here.
        let start = buffer.baseAddress! + written
        #if canImport(Glibc)
          return Glibc.write(descriptor, start, bytes.count - written)
        #elseif canImport(Musl)
          return Musl.write(descriptor, start, bytes.count - written)
        #else
          return Darwin.write(descriptor, start, bytes.count - written)
        #endif
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure(path)
      }
      written += count
    }
  }

  private static func failure(_ path: String) -> InputError {
    InputError(
      file: path, problem: "cannot be written: \(errorText(errno))",
      cure: "Make room or permit writing, or give another --output.")
  }
}
