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
/// The file is whole JSON after every write: each begins where the closing brackets were.
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

  /// About 15 MB of text for each trial; viewers become slow beyond.
  private static let eventLimit = 120_000
  private static let closing = "\n]}\n"

  /// Creates or empties the file.
  ///
  /// - Throws: `InputError` when it cannot be written.
  init(path: String) throws {
    self.path = path
    // Without O_NONBLOCK a named pipe that nobody reads would hang the process.
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0o644)
    guard descriptor >= 0 else {
      throw InputError(
        file: path, problem: "the trace cannot be written: \(errorText(errno))",
        cure: "Give --trace a file in a folder that exists and is writable.")
    }
    try write("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[")
  }

  deinit { close(descriptor) }

  /// Names the process that the next events belong to.
  func beginTrial(_ number: Int, name: String) throws {
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
    try write(text)
  }

  /// Adds the passes that made token `token` (0: the prefill) of a trial.
  func add(_ profile: ForwardProfile, trial: Int, token: Int, time: Range<UInt64>) throws {
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
    try write(text)
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
  private func write(_ text: String) throws {
    let bytes = Array((text + Self.closing).utf8)
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(end + done)) }
      if count < 0 {
        if errno == EINTR { continue }
        throw InputError(file: path, problem: "the trace cannot be written: \(errorText(errno))", cure: "Make room.")
      }
      done += count
    }
    end += text.utf8.count
  }
}
