#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file under construction: it appears at its path complete and on disk, or not at all.
///
/// The bytes go to a neighbour in the same folder, which `commit()` syncs and renames over the path. Dropped without a
/// commit it leaves nothing behind; what a process that was killed has left is removed by the next that writes the file.
public struct AtomicFile: ~Copyable {
  public let path: String
  private let temporaryPath: String
  private let descriptor: Int32
  private var committed = false
  /// Bytes written so far.
  public private(set) var count = 0

  /// Starts a file that will stand at `path`; `expectedSize` bytes must be free on its file system.
  public init(path: String, expectedSize: Int = 0) throws(InputError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw InputError(file: quoted(path), problem: "is no path to write to", cure: "name a file")
    }
    // First, as it may take the room that is needed.
    Self.removeAbandoned(of: path)
    try Self.requireRoom(expectedSize, for: path)
    let temporaryPath = Self.temporaryPath(of: path)
    let descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw systemError(errno, "cannot be written", file: path) }
    self.path = path
    self.temporaryPath = temporaryPath
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
    if !committed { unlink(temporaryPath) }
  }

  /// Throws unless the file system of `path` has `size` bytes left.
  public static func requireRoom(_ size: Int, for path: String) throws(InputError) {
    let folder = folder(of: path)
    var space = statvfs()
    guard statvfs(folder, &space) == 0 else {
      throw systemError(errno, "the folder cannot be written to", file: folder, cure: "create it first")
    }
    let (free, overflow) = Int(space.f_bavail).multipliedReportingOverflow(by: Int(space.f_frsize))
    guard overflow || free >= size else {
      throw InputError(
        file: path, problem: "needs \(size) bytes, the file system has \(free) left",
        cure: "free \(size - free) bytes or choose another folder")
    }
  }

  /// Appends `bytes`.
  public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(InputError) {
    var rest = bytes
    while let address = rest.baseAddress, !rest.isEmpty {
      let sent = Self.write(descriptor, address, rest.count)
      if sent < 0 {
        if errno == EINTR { continue }
        throw systemError(errno, "cannot be written after \(count) bytes", file: path)
      }
      count += sent
      rest = UnsafeRawBufferPointer(rebasing: rest[sent...])
    }
  }

  /// Appends the UTF-8 bytes of `text`.
  public mutating func write(_ text: String) throws(InputError) {
    try write(Array(text.utf8))
  }

  public mutating func write(_ bytes: [UInt8]) throws(InputError) {
    let failure: InputError? = bytes.withUnsafeBytes { buffer in
      do throws(InputError) {
        try write(buffer)
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
  }

  /// Syncs the bytes to the disk and moves the file to its path.
  public mutating func commit() throws(InputError) {
    // A full disk may show only here, when the file system allocates late.
    guard fsync(descriptor) == 0 else { throw systemError(errno, "cannot be written", file: path) }
    guard rename(temporaryPath, path) == 0 else { throw systemError(errno, "cannot be written", file: path) }
    committed = true
    let folder = open(Self.folder(of: path), O_RDONLY | O_CLOEXEC)
    if folder >= 0 {
      // The rename itself is durable only once the folder is; not every file system can sync one, so a failure counts
      // for nothing.
      fsync(folder)
      close(folder)
    }
  }

  /// Removes what this process has begun to write for `path`: for a process that a signal ends.
  public static func discard(path: String) { unlink(temporaryPath(of: path)) }

  static func temporaryPath(of path: String) -> String { "\(path).partial-\(MakerMark.own)" }

  private static func removeAbandoned(of path: String) {
    let start = "\(path.split(separator: "/").last ?? "").partial-"
    let folder = folder(of: path)
    guard let directory = opendir(folder) else { return }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasPrefix(start) && MakerMark.isAbandoned(name.dropFirst(start.count)) { unlink("\(folder)/\(name)") }
    }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  // The methods above hide the system call of the same name.
  private static func write(_ descriptor: Int32, _ address: UnsafeRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, address, count)
    #elseif canImport(Musl)
      Musl.write(descriptor, address, count)
    #else
      Darwin.write(descriptor, address, count)
    #endif
  }
}
