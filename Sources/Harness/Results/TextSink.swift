import Synchronization
import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Somewhere that text goes: standard output, standard error, or a test's memory.
public protocol TextSink: Sendable {
  /// Whether a person watches: text may then be overwritten in place.
  var isTerminal: Bool { get }
  /// Whether a line can be erased and written again.
  var erasesLines: Bool { get }
  /// Columns of the terminal.
  var columns: Int { get }
  /// Writes all of `text` at once, unbuffered.
  func write(_ text: String) throws
}

extension TextSink {
  public var erasesLines: Bool { isTerminal }
}

/// An open file of the process.
public struct DescriptorSink: TextSink {
  private let descriptor: Int32
  private let name: String

  private init(_ descriptor: Int32, _ name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  public static let standardOutput = DescriptorSink(STDOUT_FILENO, "standard output")
  public static let standardError = DescriptorSink(STDERR_FILENO, "standard error")

  public var isTerminal: Bool { isatty(descriptor) == 1 }

  public var erasesLines: Bool { isTerminal && getenv("TERM").map { String(cString: $0) } != "dumb" }

  public var columns: Int {
    var size = winsize()
    #if canImport(Glibc) || canImport(Musl)
      let request = UInt(TIOCGWINSZ)
    #else
      let request = TIOCGWINSZ
    #endif
    guard ioctl(descriptor, request, &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  public func write(_ text: String) throws {
    var text = text
    let failure: Int32? = text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        #if canImport(Glibc)
          let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        #elseif canImport(Musl)
          let count = Musl.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        #else
          let count = Darwin.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        #endif
        if count < 0 {
          if errno == EINTR { continue }
          return errno
        }
        done += count
      }
      return nil
    }
    if let failure {
      throw InputError(
        file: name, problem: "cannot be written: \(errorText(failure))",
        cure: failure == EPIPE || failure == EBADF
          ? "Keep it open to the end, or send it to /dev/null." : "Make room, or send it elsewhere.")
    }
  }
}

/// Keeps what is written.
public final class MemorySink: TextSink {
  private let content = Mutex("")
  public let isTerminal: Bool
  public let columns: Int

  public init(isTerminal: Bool = false, columns: Int = 80) {
    self.isTerminal = isTerminal
    self.columns = columns
  }

  public var text: String { content.withLock { $0 } }

  public func write(_ text: String) { content.withLock { $0 += text } }
}

/// Keeps nothing.
struct NoSink: TextSink {
  var isTerminal: Bool { false }
  var columns: Int { 80 }
  func write(_ text: String) {}
}
