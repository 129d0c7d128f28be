#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Reads text files that a person writes by hand.
enum FileText {
  /// A sweep is a few hundred bytes; more is another kind of file.
  static let maximumByteCount = 1 << 20

  /// The bytes of a file or pipe; throws for anything else, and beyond `maximumByteCount`.
  static func read(_ path: String) throws(Diagnostic) -> [UInt8] {
    let place = SourceRange.whole(SourceText("", from: .file(path: path)))
    // Non-blocking, so that opening a named pipe which nobody writes to does not wait for ever.
    let descriptor = path.utf8.contains(0) ? -1 : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      let missing = [ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG].contains(errno) || path.isEmpty
      throw Diagnostic(
        "cannot be read: \(path.isEmpty ? "no path given" : String(cString: strerror(errno)))",
        cure: missing ? "give the path of a sweep file, such as yamls/1b.yaml" : "check the file's permissions",
        at: place)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw Diagnostic("cannot be read: \(String(cString: strerror(errno)))", at: place)
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFIFO: _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    case S_IFDIR:
      throw Diagnostic("is a directory", cure: "give the path of a YAML file in it", at: place)
    default:
      throw Diagnostic("is no file", cure: "give the path of a YAML file", at: place)
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      #if canImport(Glibc)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
      #else
        let count = Darwin.read(descriptor, &buffer, buffer.count)
      #endif
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw Diagnostic("cannot be read: \(String(cString: strerror(errno)))", at: place)
      }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
      if bytes.count > maximumByteCount {
        throw Diagnostic(
          "larger than \(maximumByteCount >> 20) MiB, which no sweep file is", cure: "check the path", at: place)
      }
    }
  }

  /// The bytes as text, without a byte order mark.
  static func decode(_ bytes: [UInt8], path: String) throws(Diagnostic) -> String {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let content = bytes.starts(with: mark) ? bytes[3...] : bytes[...]
    if let text = String(validating: content, as: UTF8.self) { return text }
    // Up to the fault the repaired text is the text, so that the fault's place in it can be counted.
    let repaired = String(decoding: content, as: UTF8.self)
    let source = SourceText(repaired, from: .file(path: path))
    let (line, column) = source.position(ofByte: validPrefixByteCount(content))
    let isUTF16 = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
    throw Diagnostic(
      isUTF16 ? "the file is UTF-16, not UTF-8" : "not UTF-8", cure: "save the file as UTF-8",
      at: SourceRange(source: source, line: line, column: column, length: 1))
  }

  private static func validPrefixByteCount(_ bytes: ArraySlice<UInt8>) -> Int {
    var decoder = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var count = 0
    while case .valid(let scalar) = decoder.parseScalar(from: &iterator) { count += scalar.count }
    return count
  }
}
