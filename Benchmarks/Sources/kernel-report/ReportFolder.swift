import Transformer

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The folder that a report's files go to, made when it is missing.
struct ReportFolder {
  let path: String

  /// - Throws: `InputError` when there is no such folder and none can be made, or nothing can be written to it.
  init(_ path: String) throws {
    self.path = path
    var made = path.hasPrefix("/") ? "/" : ""
    for component in path.split(separator: "/") {
      made += component + "/"
      mkdir(made, 0o777)
    }
    guard access(path, W_OK | X_OK) == 0 else {
      throw InputError(
        file: path, problem: "cannot be written: \(String(cString: strerror(errno)))",
        cure: "Name another folder with --output.")
    }
  }

  /// Replaces a file.
  ///
  /// - Throws: `InputError` when it cannot be written whole.
  func write(_ name: String, _ text: String) throws {
    let place = "\(path)/\(name)"
    guard let file = fopen(place, "w") else { throw failure(place) }
    let isWritten = fputs(text, file) >= 0
    guard fclose(file) == 0, isWritten else { throw failure(place) }
  }

  private func failure(_ place: String) -> InputError {
    InputError(
      file: place, problem: "cannot be written: \(String(cString: strerror(errno)))", cure: "Is the disk full?")
  }
}
