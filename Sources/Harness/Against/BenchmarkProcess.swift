import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A child process that runs a sweep: its standard output goes nowhere, its standard error to a file.
enum BenchmarkProcess {
  static let cure = "Give an llm-bench that runs here."

  /// Runs a program and waits for its end.
  ///
  /// - Parameters:
  ///   - log: the file that gets its standard error.
  ///   - lock: a descriptor that stays open as long as it lives.
  /// - Returns: its exit status, 128 and the signal's number when one ended it.
  /// - Throws: `InputError` when it cannot be started.
  static func run(_ executable: String, _ arguments: [String], log: String, lock: Int32) throws -> Int32 {
    let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer { close(nothing) }
    let errors = try openLog(log)
    defer { close(errors) }
    let identifier = try RunningChildren.spawn(
      executable, arguments: arguments, descriptors: [nothing, nothing, errors, lock], cure: cure)
    return status(RunningChildren.wait(identifier))
  }

  /// A descriptor of the file, which is emptied.
  static func openLog(_ path: String) throws -> Int32 {
    // Without O_NONBLOCK a named pipe that nobody reads would be waited for.
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else {
      throw InputError(
        file: path, problem: "cannot be opened for writing: \(errorText(errno))",
        cure: "Permit writing, or give another --output.")
    }
    return descriptor
  }

  /// As a shell counts it.
  static func status(_ end: ChildProcess.End) -> Int32 {
    switch end {
    case .exit(let code): code
    case .signal(let number): 128 + number
    }
  }
}
