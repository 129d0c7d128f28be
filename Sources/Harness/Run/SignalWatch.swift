import Synchronization

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
  /// Keeps the signals waiting, in this thread and in all that it starts from now on.
  static func block() {
    // Shells start background jobs with SIGINT ignored, and an ignored signal never reaches sigwait.
    signal(SIGINT, SIG_DFL)
    signal(SIGTERM, SIG_DFL)
    var signals = watched
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
    var signals = watched
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  fileprivate static let watched: sigset_t = {
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

/// Functions of C capture nothing.
private let lastSignal = Atomic<Int32>(0)

private func waitForSignals(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
  let box = Unmanaged<SignalWatch.Box>.fromOpaque(argument).takeRetainedValue()
  var signals = SignalWatch.watched
  while true {
    var received: Int32 = 0
    guard sigwait(&signals, &received) == 0 else { continue }
    // The handler may wait for a pipe that nobody reads. A second signal then ends the process as it always would, and
    // so does a while without one: all rows are on disk, only what was printed may be cut.
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    lastSignal.store(received, ordering: .relaxed)
    signal(SIGALRM) { _ in _exit(128 + lastSignal.load(ordering: .relaxed)) }
    alarm(2)
    box.handler(received)
  }
}
