import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A child in a process group of its own, whose standard output is read line by line with a deadline.
///
/// The group is killed when the child ends, hangs or is dropped, so that nothing it started stays behind.
final class ChildProcess {
  enum Event: Equatable {
    /// A line of standard output without its end.
    case line(String)
    /// A line longer than `lineLimit`, or one that is no UTF-8.
    case unreadable(String)
    case ended(End)
    /// Nothing was said for as long as the caller would wait.
    case silence
  }

  enum End: Equatable {
    case exit(Int32)
    case signal(Int32)

    var text: String {
      switch self {
      case .exit(let code): "exit code \(code)"
      case .signal(SIGKILL): "SIGKILL (somebody killed it, or the system ran out of memory)"
      case .signal(let number): "signal \(number) (\(String(cString: strsignal(number))))"
      }
    }
  }

  /// Bytes of one line of standard output.
  static let lineLimit = 16 << 20
  /// Seconds between two looks whether a child has ended that left its pipes to another process.
  private static let lookInterval = 0.2

  private let identifier: pid_t
  private var output: PipeReader
  private var errors: PipeReader
  private var pending = LineBuffer(limit: lineLimit)
  private var tail = TailBuffer(limit: 4096)
  private var end: End?

  /// Starts `executable` with `input` as its standard input.
  ///
  /// - Throws: `InputError` when it cannot be started.
  init(executable: String, arguments: [String], environment: [String: String], input: String) throws(InputError) {
    let standardInput = try TemporaryInput(input)
    let (outputReader, outputWriter) = try PipeReader.make()
    let (errorReader, errorWriter) = try PipeReader.make()
    defer {
      close(outputWriter)
      close(errorWriter)
    }
    identifier = try RunningChildren.spawn(
      executable, arguments: arguments, environment: environment,
      descriptors: [standardInput.descriptor, outputWriter, errorWriter], cure: "Install it again: make peers.")
    (output, errors) = (outputReader, errorReader)
  }

  deinit { kill() }

  /// The last text of standard error, trimmed.
  var lastWords: String { tail.text }

  /// Waits for the next line or the end, for `seconds` at most.
  func next(timeout seconds: Double) -> Event {
    let deadline = Double(Monotonic.now()) * 1e-9 + seconds
    while true {
      switch pending.take() {
      case .line(let line): return .line(line)
      case .unreadable(let reason): return .unreadable(reason)
      case .none: break
      }
      if let end { return .ended(end) }
      let left = deadline - Double(Monotonic.now()) * 1e-9
      if left <= 0 { return .silence }
      if !output.isOpen || RunningChildren.hasEnded(identifier) {
        finish()
        continue
      }
      PipeReader.wait(for: [output, errors], seconds: min(left, Self.lookInterval))
      output.read { pending.append($0) }
      errors.read { tail.append($0) }
    }
  }

  /// Kills the whole group and waits for the child.
  func kill() {
    guard end == nil else { return }
    end = RunningChildren.kill(identifier)
  }

  /// The child has ended, or will say no more: what is in the pipes is read, then the group is killed.
  private func finish() {
    // A child that only closed its standard output may need a moment to end by itself.
    let patience = Double(Monotonic.now()) * 1e-9 + 2
    while !RunningChildren.hasEnded(identifier), Double(Monotonic.now()) * 1e-9 < patience {
      errors.read { tail.append($0) }
      usleep(10_000)
    }
    kill()
    output.read { pending.append($0) }
    errors.read { tail.append($0) }
    pending.close()
  }
}

/// A file without a name that holds a child's standard input: a pipe could fill up before the child reads it.
private final class TemporaryInput {
  let descriptor: Int32

  init(_ text: String) throws(InputError) {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/llm-bench-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else {
      throw InputError(
        file: folder, problem: "no temporary file can be created: \(errorText(errno))",
        cure: "Make room or permit writing there, or set TMPDIR.")
    }
    unlink(template)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    self.descriptor = descriptor
    var bytes = Array((text + "\n").utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress!, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw InputError(file: folder, problem: "cannot be written: \(errorText(errno))", cure: "Make room there.")
      }
      bytes = bytes.dropFirst(count)
    }
    lseek(descriptor, 0, SEEK_SET)
  }

  deinit { close(descriptor) }
}
