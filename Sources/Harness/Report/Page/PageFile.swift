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
    var file = try AtomicFile(path: path)
    try file.write(page.html.source)
    try file.commit()
  }

  /// Finds out whether `write` would succeed, and leaves nothing behind.
  static func check(_ path: String) throws {
    let trial = path + ".check"
    try write(Page(title: "", summary: "", body: ""), to: path.isEmpty || path.hasSuffix("/") ? path : trial)
    unlink(trial)
  }
}
