#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Hears SIGINT and SIGTERM on a thread of its own.
///
/// A prefill can last for minutes, and every queue may be busy with it; a thread that waits in sigwait answers at once.
enum SignalWatch {
  /// Keeps the signals waiting, in this thread and in all that it starts from now on.
  static func block() {
    var signals = watched()
    // Shells start background jobs with SIGINT ignored, and an ignored signal never reaches sigwait.
    signal(SIGINT, SIG_DFL)
    signal(SIGTERM, SIG_DFL)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// Calls `handler` when a signal comes or has come since `block`, on the watching thread.
  static func start(_ handler: @escaping @Sendable (Int32) -> Void) {
    let box = Unmanaged.passRetained(Box(handler))
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    guard pthread_create(&thread, nil, signalThread, box.toOpaque()) != 0 else { return }
    // Without a watcher the signals had better end the process as they always do.
    box.release()
    var signals = watched()
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  fileprivate static func watched() -> sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    return signals
  }

  /// Ends the process at once, as a shell expects of one that a signal ended.
  static func exit(_ signal: Int32) -> Never { _exit(128 + signal) }

  fileprivate final class Box: Sendable {
    let handler: @Sendable (Int32) -> Void
    init(_ handler: @escaping @Sendable (Int32) -> Void) { self.handler = handler }
  }
}

#if canImport(Darwin)
  private func signalThread(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    waitForSignals(argument)
  }
#else
  private func signalThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    waitForSignals(argument!)
  }
#endif

private func waitForSignals(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
  let box = Unmanaged<SignalWatch.Box>.fromOpaque(argument).takeRetainedValue()
  var signals = SignalWatch.watched()
  while true {
    var received: Int32 = 0
    guard sigwait(&signals, &received) == 0 else { continue }
    // The handler may wait for a pipe that nobody reads. A second signal then ends the process as it always would, and
    // so does a while without one: all rows are on disk, only what was printed may be cut.
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    // Functions of C capture nothing.
    if received == SIGINT { signal(SIGALRM) { _ in _exit(128 + SIGINT) } }
    if received == SIGTERM { signal(SIGALRM) { _ in _exit(128 + SIGTERM) } }
    alarm(2)
    box.handler(received)
  }
}
