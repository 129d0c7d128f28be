import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Finds the results files that are to be merged.
enum PartFinder {
  /// Folders inside one another below the one that was named.
  private static let depthLimit = 8

  /// The paths of the results files at and below `inputs`, each file once, in the order of `inputs` and, below a folder,
  /// of the names: 2 before 10.
  ///
  /// - Throws: `InputError` for an input that does not exist or below which there are no results.
  static func files(_ inputs: [String]) throws -> [String] {
    var files: [String] = []
    var seen: Set<FileIdentity> = []
    for input in inputs {
      var found: [String] = []
      var information = stat()
      guard !input.isEmpty, !input.utf8.contains(0), stat(input, &information) == 0 else {
        throw InputError(
          file: input, problem: "cannot be read: \(errorText(input.isEmpty ? ENOENT : errno))",
          cure: "Name folders that `llm-bench run` wrote, or folders that hold such folders.")
      }
      if information.st_mode & S_IFMT == S_IFDIR {
        try search(trimmed(input), depth: 0, into: &found)
        guard !found.isEmpty else {
          throw InputError(
            file: input, problem: "holds no \(ResultsFile.name), nor does a folder in it",
            cure: "Name folders that `llm-bench run` wrote, or folders that hold such folders.")
        }
      } else {
        found = [input]
      }
      for path in found {
        guard stat(path, &information) == 0 else { continue }
        // The same file may lie below two inputs.
        if seen.insert(FileIdentity(information)).inserted { files.append(path) }
      }
    }
    return files
  }

  /// Whether there are results at or below a folder, which need not exist.
  static func hasResults(_ folder: String) throws -> Bool {
    var found: [String] = []
    guard FileKind(of: folder) == .folder else { return false }
    try search(folder, depth: 0, into: &found)
    return !found.isEmpty
  }

  private static func search(_ folder: String, depth: Int, into found: inout [String]) throws {
    let file = folder + "/" + ResultsFile.name
    if FileKind(of: file) == .file { found.append(file) }
    guard depth < depthLimit else { return }
    for name in try folders(in: folder) { try search(folder + "/" + name, depth: depth + 1, into: &found) }
  }

  /// Names of the folders in a folder, hidden ones and links left out: a link may lead back.
  private static func folders(in path: String) throws -> [String] {
    guard let names = FileTree.names(in: path) else {
      throw InputError(
        file: path, problem: "cannot be read: \(errorText(errno))", cure: "Permit reading it, or name its parts.")
    }
    let folders = names.filter { name in
      var information = stat()
      return !name.hasPrefix(".") && lstat(path + "/" + name, &information) == 0
        && information.st_mode & S_IFMT == S_IFDIR
    }
    return folders.sorted { order($0) < order($1) }
  }

  /// Numbers by value before all other names.
  private static func order(_ name: String) -> (Int, String) { (Int(name) ?? Int.max, name) }

  private static func trimmed(_ path: String) -> String {
    path.lastIndex { $0 != "/" }.map { String(path[...$0]) } ?? "/"
  }
}

/// What tells whether two paths lead to one file.
private struct FileIdentity: Hashable {
  private let device: UInt64
  private let number: UInt64

  init(_ information: stat) {
    device = UInt64(truncatingIfNeeded: information.st_dev)
    number = UInt64(truncatingIfNeeded: information.st_ino)
  }
}
