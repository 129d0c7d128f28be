import Synchronization
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
  /// The child that runs now; 0 for none.
  private static let running = Atomic<Int32>(0)

  /// Runs a program and waits for its end.
  ///
  /// - Parameter log: the file that gets its standard error.
  /// - Returns: its exit status, 128 and the signal's number when one ended it.
  /// - Throws: `InputError` when it cannot be started.
  static func run(_ executable: String, _ arguments: [String], log: String) throws -> Int32 {
    var identifier: pid_t = 0
    let code = spawn(executable, arguments, log, &identifier)
    guard code == 0 else {
      throw InputError(
        file: executable, problem: "cannot be started: \(errorText(code))", cure: "Give an llm-bench that runs here.")
    }
    running.store(identifier, ordering: .releasing)
    defer { running.store(0, ordering: .releasing) }
    var status: Int32 = 0
    while waitpid(identifier, &status, 0) < 0 {
      guard errno == EINTR else { return -1 }
    }
    let signal = status & 0x7F
    return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
  }

  /// Ends the child that runs now.
  static func interrupt() {
    let identifier = running.load(ordering: .acquiring)
    if identifier > 0 { kill(identifier, SIGTERM) }
  }

  private static func spawn(
    _ executable: String, _ arguments: [String], _ log: String, _ identifier: inout pid_t
  ) -> Int32 {
    ProcessSpawn.start(executable, arguments, &identifier) { actions, _ in
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
      posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
      posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
      return 0
    }
  }
}
