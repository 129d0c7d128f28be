#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Folders with all that is in them.
enum FileTree {
  /// Names in a folder, in no order; `nil` when it cannot be read, and `errno` says why.
  static func names(in folder: String) -> [String]? {
    guard let directory = opendir(folder) else { return nil }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
          String(cString: $0)
        }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  /// Removes a file or a folder with all that is in it; links are removed, never followed.
  static func remove(_ path: String) {
    guard let kind = status(path) else { return }
    guard kind.st_mode & S_IFMT == S_IFDIR else {
      unlink(path)
      return
    }
    for name in names(in: path) ?? [] { remove(path + "/" + name) }
    rmdir(path)
  }

  /// Bytes that all files of a tree take on disk.
  static func byteCount(_ path: String) -> Int {
    guard let kind = status(path) else { return 0 }
    let own = Int(kind.st_blocks) * 512
    guard kind.st_mode & S_IFMT == S_IFDIR else { return own }
    return (names(in: path) ?? []).reduce(own) { $0 + byteCount(path + "/" + $1) }
  }

  /// Bytes of a file's content.
  static func size(_ path: String) -> Int { status(path).map { Int($0.st_size) } ?? 0 }

  /// Nanoseconds since 1970; 0 when there is no such file.
  static func modificationTime(_ path: String) -> Int {
    guard let kind = status(path) else { return 0 }
    #if canImport(Darwin)
      let time = kind.st_mtimespec
    #else
      let time = kind.st_mtim
    #endif
    // A time beyond 2262 has no such number; whatever comes out orders it somewhere.
    return Int(time.tv_sec) &* 1_000_000_000 &+ Int(time.tv_nsec)
  }

  static func absolute(_ path: String) -> String {
    guard let pointer = realpath(path, nil) else { return path }
    defer { free(pointer) }
    return String(cString: pointer)
  }

  private static func status(_ path: String) -> stat? {
    var information = stat()
    return lstat(path, &information) == 0 ? information : nil
  }
}
