import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Profiled calls as a file that Perfetto (ui.perfetto.dev) and Chrome (chrome://tracing) show: the JSON object form of the
/// Trace Event Format, complete events ("ph": "X") in microseconds. Each trial is a process; its first track has the
/// tokens, its second the steps of worker 0 with their waits inside.
///
/// The file is whole JSON after every write: each begins where the closing brackets were. One that does not fit is taken
/// back, and the trace ends there.
final class TraceFile {
  let path: String
  private let descriptor: Int32
  /// Where the next event goes.
  private var end = 0
  private var isEmpty = true
  /// Events of the present trial.
  private var eventCount = 0
  /// Whether a trial had more events than a file should.
  private(set) var isCut = false
  /// What kept an event from being written. A trial's measurement is worth more than its trace, so the run goes on.
  private(set) var failure: InputError?

  /// About 15 MB of text for each trial; viewers become slow beyond.
  private static let eventLimit = 120_000
  private static let opening = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":["
  private static let closing = "\n]}\n"

  /// Creates the file, or empties that of an earlier trace.
  ///
  /// - Parameter other: the path of a file that exists and must not be this one.
  /// - Throws: `InputError` when it cannot be written, holds something else or is `other`.
  init(path: String, apartFrom other: String? = nil) throws {
    self.path = path
    // Without O_NONBLOCK a named pipe that nobody reads would hang the process.
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o644)
    guard descriptor >= 0 else {
      throw InputError(
        file: path, problem: "the trace cannot be written: \(errorText(errno))",
        cure: "Give --trace a file in a folder that exists and is writable.")
    }
    try emptyEarlierTrace(apartFrom: other)
    try put(Self.opening + Self.closing)
    end = Self.opening.utf8.count
  }

  deinit { close(descriptor) }

  /// A slip of the keyboard must not cost a sweep file or results.
  private func emptyEarlierTrace(apartFrom other: String?) throws {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
    var otherStatus = stat()
    let isOther = other.map { stat($0, &otherStatus) == 0 } ?? false
    let isSame = isOther && otherStatus.st_dev == status.st_dev && otherStatus.st_ino == status.st_ino
    guard status.st_size > 0 || isSame else { return }
    let expected = Array(Self.opening.utf8)
    var found = [UInt8](repeating: 0, count: expected.count)
    guard pread(descriptor, &found, found.count, 0) == found.count, found == expected else {
      throw InputError(
        file: path, problem: "exists and is no trace", cure: "Give --trace another file, or remove this one.")
    }
    guard ftruncate(descriptor, 0) == 0 else {
      throw InputError(
        file: path, problem: "the trace cannot be written: \(errorText(errno))", cure: "Give --trace another file.")
    }
  }

  /// Names the process that the next events belong to.
  func beginTrial(_ number: Int, name: String) {
    eventCount = 0
    var text = ""
    for (kind, track, label) in [
      ("process_name", 0, name), ("thread_name", 1, "tokens"), ("thread_name", 2, "worker 0"),
    ] {
      var event = JSONObject()
      event["name"] = .string(kind)
      event["ph"] = .string("M")
      event["pid"] = .integer(number)
      event["tid"] = .integer(track)
      event["args"] = .object([.init(key: "name", value: .string(label))])
      append(event, to: &text)
    }
    write(text)
  }

  /// Adds the passes that made token `token` (0: the prefill) of a trial.
  func add(_ profile: ForwardProfile, trial: Int, token: Int, time: Range<UInt64>) {
    let needed = profile.passes.reduce(1) { $0 + 2 * $1.steps.count }
    guard eventCount + needed <= Self.eventLimit else {
      isCut = true
      return
    }
    eventCount += needed
    var text = ""
    let name = token == 0 ? "prefill" : "decode"
    append(event(name, name, trial, 1, time.lowerBound, time.upperBound, [("token", token)]), to: &text)
    for pass in profile.passes {
      var begin = pass.start
      for step in pass.steps {
        let arguments = step.layer.map { [("layer", $0)] } ?? []
        append(event(step.operation.name, name, trial, 2, begin, step.end, arguments), to: &text)
        if step.end > step.workEnd {
          append(event("barrier wait", name, trial, 2, step.workEnd, step.end, []), to: &text)
        }
        begin = step.end
      }
    }
    write(text)
  }

  private func event(
    _ name: String, _ category: String, _ process: Int, _ track: Int, _ start: UInt64, _ end: UInt64,
    _ arguments: [(String, Int)]
  ) -> JSONObject {
    var event = JSONObject()
    event["name"] = .string(name)
    event["cat"] = .string(category)
    event["ph"] = .string("X")
    event["ts"] = .number(Double(start) / 1000)
    event["dur"] = .number(Double(end - start) / 1000)
    event["pid"] = .integer(process)
    event["tid"] = .integer(track)
    event["args"] = .object(arguments.map { .init(key: $0.0, value: .integer($0.1)) })
    return event
  }

  private func append(_ event: JSONObject, to text: inout String) {
    text += isEmpty ? "\n" : ",\n"
    isEmpty = false
    text += JSONWriter().text(event.value)
  }

  /// Writes `text` over the closing brackets, and these after it.
  private func write(_ text: String) {
    guard failure == nil else { return }
    do {
      try put(text + Self.closing)
      end += text.utf8.count
    } catch {
      failure = error
      // The space of these brackets is taken already.
      if (try? put(Self.closing)) != nil { ftruncate(descriptor, off_t(end + Self.closing.utf8.count)) }
    }
  }

  /// Writes `text` at `end`.
  private func put(_ text: String) throws(InputError) {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(end + done)) }
      if count < 0 {
        if errno == EINTR { continue }
        throw InputError(file: path, problem: "the trace cannot be written: \(errorText(errno))", cure: "Make room.")
      }
      done += count
    }
  }
}
