import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Small files of the kernel: /proc and /sys.
enum SystemFile {
  /// The file's text without surrounding white space, or `nil` when it cannot be read.
  ///
  /// Such files report a size of zero, so they are read to their end; what lies beyond `limit` bytes is left out.
  static func text(_ path: String, limit: Int = 1 << 20) -> String? {
    bytes(path, limit: limit).map { trimmed(String(decoding: $0, as: UTF8.self)) }
  }

  /// The file's bytes, likewise.
  static func bytes(_ path: String, limit: Int) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16384)
    while bytes.count < limit {
      let count = read(file, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      if count < 0 { return nil }
      if count == 0 { break }
      bytes.append(contentsOf: chunk[..<count])
    }
    return bytes
  }

  /// The first `count` bytes of an open file, fewer where it ends before; `nil` when it cannot be read, and `errno` says
  /// why. Its position stays where it is.
  static func bytes(of descriptor: Int32, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let received = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + done, $0.count - done, off_t(done))
      }
      if received < 0 && errno == EINTR { continue }
      if received < 0 { return nil }
      if received == 0 { break }
      done += received
    }
    return Array(bytes[..<done])
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The value behind `key` in lines of the form "key: value" or "key value".
  static func field(_ key: String, in text: String) -> String? {
    for line in text.split(separator: "\n") {
      guard line.hasPrefix(key) else { continue }
      let rest = line.dropFirst(key.count).drop { $0 == " " || $0 == "\t" }
      if rest.first == ":" { return trimmed(rest.dropFirst()) }
      if rest.count < line.count - key.count { return trimmed(rest) }
    }
    return nil
  }

  static func trimmedEnd(_ text: some StringProtocol) -> String {
    String(text.reversed().drop { $0.isWhitespace }.reversed())
  }

  static func trimmed(_ text: some StringProtocol) -> String {
    trimmedEnd(text.drop { $0.isWhitespace })
  }
}

/// What the C library says about an error number.
func errorText(_ code: Int32) -> String { "\(String(cString: strerror(code))) (errno \(code))" }
