import Tensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Hears SIGINT, SIGTERM, SIGHUP and SIGQUIT on a thread of its own.
///
/// Left to themselves the latter two would end the process without its children, and Swift's runtime would answer the
/// first SIGQUIT with a backtrace. A prefill can last for minutes, and every queue may be busy with it; a thread that
/// waits in sigwait answers at once.
enum SignalWatch {
  /// Seconds that a handler may take.
  private static let patience: UInt32 = 2

  /// Keeps the signals waiting, in this thread and in all that it starts from now on.
  static func block() {
    // Shells start background jobs with SIGINT ignored, and an ignored signal never reaches sigwait.
    signal(SIGINT, SIG_DFL)
    signal(SIGTERM, SIG_DFL)
    var signals = watched
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// Calls `handler`, which ends the process, when a signal comes or has come since `block`.
  ///
  /// The handler may wait for a pipe that nobody reads. A second signal ends the process in spite of it, and so does a
  /// while without one: all rows are on disk, only what was printed may be cut.
  static func start(_ handler: @escaping @Sendable (Int32) -> Void) {
    let isWatching = HelperThread.start {
      let received = next()
      let isHandled = HelperThread.start { handler(received) }
      let isLimited = HelperThread.start {
        sleep(patience)
        end(received)
      }
      if isHandled && isLimited { _ = next() }
      end(received)
    }
    if isWatching { return }
    // Without a watcher the signals had better end the process as they always do.
    var signals = watched
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Ends the process at once, as a shell expects of one that a signal ended.
  static func exit(_ signal: Int32) -> Never { _exit(128 + signal) }

  /// Ends the process and its children, whatever its other threads wait for.
  private static func end(_ signal: Int32) -> Never {
    RunningChildren.endAll()
    exit(signal)
  }

  private static let watched: sigset_t = {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
    // nohup has SIGHUP ignored so that the run outlives the terminal, and a shell its background jobs' SIGQUIT.
    for number in [SIGHUP, SIGQUIT] where !isIgnored(number) { sigaddset(&signals, number) }
    return signals
  }()

  private static func isIgnored(_ number: Int32) -> Bool {
    let disposition = signal(number, SIG_IGN)
    guard unsafeBitCast(disposition, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self) else { return true }
    signal(number, disposition)
    return false
  }

  /// Waits for a signal.
  private static func next() -> Int32 {
    var signals = watched
    var received: Int32 = 0
    while sigwait(&signals, &received) != 0 {}
    return received
  }
}
