import Synchronization
import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The children that run now, so that a signal can end them all before this process ends.
enum RunningChildren {
  private struct State {
    var identifiers: Set<pid_t> = []
    var isClosed = false
  }

  private static let state = Mutex(State())

  /// Kills all children and lets none start any more.
  static func endAll() {
    state.withLock { state in
      state.isClosed = true
      for identifier in state.identifiers { _ = signalGroup(identifier) }
    }
  }

  /// Starts a program in a group of its own, with all signals as they are by default.
  ///
  /// - Parameters:
  ///   - environment: its variables, this process's own when `nil`.
  ///   - descriptors: what becomes its standard input, output and error, and further ones that it keeps open.
  ///   - cure: of a program that cannot be started.
  static func spawn(
    _ executable: String, arguments: [String], environment: [String: String]? = nil, descriptors: [Int32], cure: String
  ) throws(InputError) -> pid_t {
    var code: Int32 = 0
    let identifier: pid_t? = state.withLock { state in
      guard !state.isClosed else {
        code = ECANCELED
        return nil
      }
      var identifier: pid_t = 0
      code = start(executable, arguments, environment, descriptors, &identifier)
      guard code == 0 else { return nil }
      state.identifiers.insert(identifier)
      return identifier
    }
    guard let identifier else {
      throw InputError(
        file: executable, problem: "cannot be started: \(errorText(code))", cure: cure)
    }
    return identifier
  }

  /// Whether a child has ended; it stays to be waited for.
  static func hasEnded(_ identifier: pid_t) -> Bool {
    var information = siginfo_t()
    let status = waitid(P_PID, id_t(identifier), &information, WEXITED | WNOHANG | WNOWAIT)
    return status != 0 || information.si_signo == SIGCHLD
  }

  /// Kills a child's group and waits for the child. One that had ended keeps its own end.
  static func kill(_ identifier: pid_t) -> ChildProcess.End {
    _ = signalGroup(identifier)
    return wait(identifier)
  }

  /// Waits for a child's end.
  static func wait(_ identifier: pid_t) -> ChildProcess.End {
    // Its number may be given to another process as soon as it has been waited for; until then it must stay listed.
    var information = siginfo_t()
    while waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
    return state.withLock { state in
      var status: Int32 = 0
      while waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
      state.identifiers.remove(identifier)
      let number = status & 0x7F
      return number == 0 ? .exit((status >> 8) & 0xFF) : .signal(number)
    }
  }

  private static func signalGroup(_ identifier: pid_t) -> Int32 {
    #if canImport(Glibc)
      Glibc.kill(-identifier, SIGKILL)
    #elseif canImport(Musl)
      Musl.kill(-identifier, SIGKILL)
    #else
      Darwin.kill(-identifier, SIGKILL)
    #endif
  }

  private static func start(
    _ executable: String, _ arguments: [String], _ environment: [String: String]?, _ descriptors: [Int32],
    _ identifier: inout pid_t
  ) -> Int32 {
    ProcessSpawn.start(executable, arguments, environment: environment, &identifier) { actions, attributes in
      for (target, descriptor) in descriptors.enumerated() {
        posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(target))
      }
      // This process ignores some signals: a child must not inherit that.
      var ordinary = sigset_t()
      sigemptyset(&ordinary)
      for number in [SIGINT, SIGTERM, SIGPIPE, SIGXFSZ] { sigaddset(&ordinary, number) }
      posix_spawnattr_setsigdefault(&attributes, &ordinary)
      posix_spawnattr_setpgroup(&attributes, 0)
      return POSIX_SPAWN_SETPGROUP | Int32(POSIX_SPAWN_SETSIGDEF)
    }
  }
}
