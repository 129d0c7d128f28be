import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A page on disk: whole, or not there.
enum PageFile {
  static func write(_ page: Page, to path: String) throws {
    guard !path.isEmpty else {
      throw InputError(path: ["--html"], problem: "names no file", cure: "Give the path of a file to write.")
    }
    guard !path.hasSuffix("/") else {
      throw InputError(file: path, problem: "is a folder's name", cure: "Give --html the path of a file.")
    }
    try requirePage(path)
    var file = try AtomicFile(path: path)
    try file.write(page.html.source)
    try file.commit()
  }

  /// Refuses to replace what is no page of ours: results, somebody's own page, a device, a folder.
  private static func requirePage(_ path: String) throws {
    var information = stat()
    guard !path.utf8.contains(0), stat(path, &information) == 0 else { return }
    let isRegular = information.st_mode & S_IFMT == S_IFREG
    let start = isRegular ? SystemFile.text(path, limit: 1024) : nil
    guard isRegular, let start, start.isEmpty || start.contains(Page.mark.source) else {
      throw InputError(
        file: path, problem: "exists and is no page of llm-bench, so it is left alone",
        cure: "Give --html the path of a new file.")
    }
  }

  /// Finds out whether `write` would succeed, and leaves nothing behind.
  static func check(_ path: String) throws {
    try requirePage(path)
    let trial = path + ".check"
    try write(Page(title: "", summary: "", body: ""), to: path.isEmpty || path.hasSuffix("/") ? path : trial)
    unlink(trial)
  }
}
