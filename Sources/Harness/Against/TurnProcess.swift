import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A process that measures when it is told to: the other end of its `TurnGate`.
final class TurnProcess {
  /// What it waits with.
  struct Turn: Equatable {
    /// The trial's place in the list of its sweep, from 1.
    var trial: Int
    /// Seconds of the calls of the turn before.
    var seconds: Double
  }

  private let identifier: pid_t
  private let input: Int32
  private let output: Int32
  private var pending = LineBuffer(limit: 1000)
  private var end: ChildProcess.End?
  /// `nil` when it measures, or has ended.
  private(set) var turn: Turn?

  /// Starts a program and waits for its first turn.
  ///
  /// - Parameters:
  ///   - log: the file that gets its standard error.
  ///   - lock: a descriptor that stays open as long as it lives.
  /// - Throws: `InputError` when it cannot be started.
  init(_ executable: String, _ arguments: [String], log: String, lock: Int32) throws {
    var toChild: [Int32] = [-1, -1]
    var fromChild: [Int32] = [-1, -1]
    let errors = try BenchmarkProcess.openLog(log)
    defer { close(errors) }
    guard pipe(&toChild) == 0 else { throw Self.noPipe() }
    input = toChild[1]
    guard pipe(&fromChild) == 0 else {
      for descriptor in toChild { close(descriptor) }
      throw Self.noPipe()
    }
    output = fromChild[0]
    // The other process must not hold this one's standard input open.
    for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    let started = Result {
      try RunningChildren.spawn(
        executable, arguments: arguments, descriptors: [toChild[0], fromChild[1], errors, lock],
        cure: BenchmarkProcess.cure)
    }
    // Held open here, the child's ends would keep its death from being seen.
    close(toChild[0])
    close(fromChild[1])
    do {
      identifier = try started.get()
    } catch {
      close(input)
      close(output)
      throw error
    }
    wait()
  }

  deinit {
    close(input)
    close(output)
    if end == nil { _ = RunningChildren.kill(identifier) }
  }

  /// Lets it measure `count` calls of the trial that it waits with, and waits for the end of them.
  func measure(_ count: Int) { say("measure \(count)\n") }

  /// Ends the trial that it waits with, and waits until it is ready for the next.
  func endTrial() { say("end\n") }

  /// Its exit status once no turn is left, as `BenchmarkProcess.run` returns it.
  func status() -> Int32 {
    if end == nil { end = RunningChildren.wait(identifier) }
    return BenchmarkProcess.status(end!)
  }

  private func say(_ text: String) {
    // A process that has ended is noticed below.
    var text = text
    text.withUTF8 { _ = write(input, $0.baseAddress, $0.count) }
    wait()
  }

  /// Waits until it wants a turn or has ended.
  private func wait() {
    turn = nil
    var chunk = [UInt8](repeating: 0, count: 1000)
    while true {
      if case .line(let line) = pending.take() {
        let words = line.split(separator: " ")
        guard words.count == 3, words[0] == "turn", let trial = Int(words[1]), let seconds = Double(words[2]),
          trial > 0, seconds >= 0, seconds.isFinite
        else { continue }
        turn = Turn(trial: trial, seconds: seconds)
        return
      }
      let count = read(output, &chunk, chunk.count)
      if count > 0 { pending.append(chunk[..<count]) } else if count == 0 || errno != EINTR { return }
    }
  }

  private static func noPipe() -> InputError {
    InputError(
      problem: "no pipe can be opened: \(errorText(errno))", cure: "Raise the limit on open files (ulimit -n).")
  }
}
