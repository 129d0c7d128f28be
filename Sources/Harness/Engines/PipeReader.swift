import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The reading end of a pipe, never waiting.
final class PipeReader {
  private let descriptor: Int32
  /// Whether somebody may still write.
  private(set) var isOpen = true
  private var chunk = [UInt8](repeating: 0, count: 65536)

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// A pipe's reader and the descriptor of its writing end, both closed in children that are not given them.
  static func make() throws(InputError) -> (PipeReader, writer: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw InputError(
        problem: "no pipe can be opened: \(errorText(errno))", cure: "Raise the limit on open files (ulimit -n).")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    return (PipeReader(ends[0]), ends[1])
  }

  /// Waits until one of the pipes has something to read or has been closed.
  static func wait(for readers: [PipeReader], seconds: Double) {
    var polls = readers.filter(\.isOpen).map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    _ = poll(&polls, nfds_t(polls.count), Int32(max(1, seconds * 1000)))
  }

  /// Hands over what is in the pipe, a megabyte at most, so that a writer without end starves nobody.
  func read(_ body: (ArraySlice<UInt8>) -> Void) {
    for _ in 0..<16 where isOpen {
      let count = chunk.withUnsafeMutableBytes { systemRead(descriptor, $0.baseAddress!, $0.count) }
      if count > 0 {
        body(chunk[..<count])
      } else if count == 0 {
        isOpen = false
      } else if errno != EINTR {
        if errno != EAGAIN { isOpen = false }
        return
      }
    }
  }
}

// The method above hides the system call of the same name.
private func systemRead(_ descriptor: Int32, _ address: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(descriptor, address, count)
}

/// Bytes on their way to lines.
struct LineBuffer {
  enum Line: Equatable {
    case line(String)
    case unreadable(String)
  }

  private let limit: Int
  private var bytes: [UInt8] = []
  /// Bytes that have been searched for a line's end already.
  private var searched = 0
  private var isClosed = false

  init(limit: Int) { self.limit = limit }

  mutating func append(_ more: ArraySlice<UInt8>) { bytes += more }

  /// No more will come: what is left is a line.
  mutating func close() { isClosed = true }

  /// The next whole line.
  mutating func take() -> Line? {
    // A line may have megabytes, and its search nobody to optimise it.
    let end = bytes[searched...].withUnsafeBytes { rest in
      rest.baseAddress.flatMap { start in
        memchr(start, Int32(UInt8(ascii: "\n")), rest.count).map { UnsafeRawPointer($0) - start }
      }
    }.map { searched + $0 }
    guard let end = end ?? (isClosed && !bytes.isEmpty ? bytes.count : nil) else {
      searched = bytes.count
      guard bytes.count > limit else { return nil }
      let start = String(decoding: bytes.prefix(200), as: UTF8.self)
      bytes = []
      searched = 0
      return .unreadable("a line of more than \(limit) bytes: \(start)")
    }
    let line = Array(bytes[..<end])
    bytes.removeFirst(min(end + 1, bytes.count))
    searched = 0
    guard let text = String(validating: line, as: UTF8.self) else {
      return .unreadable("a line that is no UTF-8: \(String(decoding: line.prefix(200), as: UTF8.self))")
    }
    return .line(text)
  }
}

/// The end of a text of any length.
struct TailBuffer {
  private let limit: Int
  private var bytes: [UInt8] = []

  init(limit: Int) { self.limit = limit }

  mutating func append(_ more: ArraySlice<UInt8>) {
    bytes += more.suffix(limit)
    if bytes.count > limit { bytes.removeFirst(bytes.count - limit) }
  }

  var text: String { SystemFile.trimmed(String(decoding: bytes, as: UTF8.self)) }
}
