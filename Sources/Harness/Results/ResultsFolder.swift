import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a run's results go.
///
/// A folder that was named is used as it is. Otherwise each run has a folder of its own,
/// results/BENCHMARK/TIME, so that nothing measured before is ever touched; `--resume` then goes on with the newest.
enum ResultsFolder {
  /// The folder's path.
  ///
  /// - Parameters:
  ///   - root: the folder of all results, "results" unless a test says otherwise.
  static func path(output: String?, benchmark: String, resume: Bool, root: String = "results") throws -> String {
    if let output {
      guard !output.isEmpty else {
        throw InputError(path: ["--output"], problem: "names no folder", cure: "Give a folder's path.")
      }
      // "out/" is "out"; "/" stays.
      let end = output.lastIndex { $0 != "/" }
      return end.map { String(output[...$0]) } ?? "/"
    }
    let parent = root + "/" + fileName(benchmark)
    if resume {
      // Folder names are times, so their order is that of the runs.
      guard let newest = folders(in: parent).filter({ hasResults(parent + "/" + $0) }).max() else {
        throw InputError(
          path: ["--resume"], problem: "finds no results under \(parent)",
          cure: "Name the folder with --output, or leave --resume out.")
      }
      return parent + "/" + newest
    }
    // Two runs may begin in the same second.
    let stamp = Timestamp.folderName()
    let taken = Set(folders(in: parent))
    var name = stamp
    var count = 1
    while taken.contains(name) {
      count += 1
      name = "\(stamp)-\(count)"
    }
    return parent + "/" + name
  }

  /// Creates the folder and those around it.
  ///
  /// - Parameter otherwise: what else its user can do where that is forbidden.
  static func create(_ path: String, otherwise: String = "give another --output") throws {
    var prefix = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      prefix += part
      if mkdir(prefix, 0o755) != 0 && errno != EEXIST {
        let code = errno
        // A folder may exist where creating one is forbidden.
        var information = stat()
        guard stat(prefix, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else {
          throw InputError(
            file: prefix, problem: "cannot be created: \(errorText(code))",
            cure: "Permit writing there, or \(otherwise).")
        }
      }
      prefix += "/"
    }
  }

  /// A benchmark's name as one part of a path.
  static func fileName(_ benchmark: String) -> String {
    let safe = benchmark.map { $0.isLetter || $0.isNumber || "-_.+".contains($0) ? $0 : "_" }
    var name = String(safe.prefix(100))
    // A name of 255 bytes is the longest that file systems take; some is for what is put behind it.
    while name.utf8.count > 200 { name.removeLast() }
    return name.isEmpty || name.hasPrefix(".") ? "_" + name : name
  }

  private static func hasResults(_ folder: String) -> Bool { access(folder + "/" + ResultsFile.name, F_OK) == 0 }

  private static func folders(in path: String) -> [String] {
    (FileTree.names(in: path) ?? []).filter { !$0.hasPrefix(".") }
  }
}
