import Foundation
import Testing
import Transformer

@testable import Harness

/// Drivers are shell scripts here: what counts is how the harness takes what they do.
@Suite struct DriverCallTests {
  private let folder: TemporaryFolder
  private static let trial = Trial(name: "any_2_5_3", batchSize: 2, inputLength: 5, outputLength: 3)

  init() throws { folder = try TemporaryFolder() }

  private static let loaded = #"echo '{"type":"loaded","version":"fake 1.0","logits":"last","weight_bytes":123}'"#
  private static let warmup = #"echo '{"type":"warmup"}'"#
  private static let sample = #"echo '{"type":"sample","latency_s":0.5,"prefill_s":0.3,"token_s":[0.1,0.1]}'"#
  private static let tokens = #"echo '{"type":"tokens","tokens":[[1,2,3],[4,5,6]]}'"#
  private static let memory =
    #"echo '{"type":"memory","peak_rss_bytes":77,"peak_rss_scope":"trial","kv_cache_bytes":null}'"#
  private static let done = #"echo '{"type":"done"}'"#

  private func call(_ lines: [String], timeout: Double = 60, ended: () -> Void = {}) throws -> EngineMeasurement {
    try folder.write(lines.joined(separator: "\n") + "\n", to: "driver.sh")
    let call = DriverCall(
      python: "/bin/sh", script: folder.path + "/driver.sh", environment: ["PATH": "/usr/bin:/bin"], timeout: timeout)
    return try call.measure(
      .object([.init(key: "question", value: .string("all of it"))]), trial: Self.trial, warmupCount: 1, batchCount: 2,
      vocabularySize: 7, batchEnded: ended)
  }

  /// The reason of a call that must fail.
  private func failure(_ lines: [String], timeout: Double = 60) -> String {
    do {
      _ = try call(lines, timeout: timeout)
      return "no failure"
    } catch EngineProblem.failed(let reason) {
      return reason
    } catch {
      return "\(error)"
    }
  }

  @Test("a driver's samples, tokens and memory arrive") func wholeCall() throws {
    var ended = 0
    let result = try call(
      [Self.loaded, Self.warmup, Self.sample, Self.sample, Self.tokens, Self.memory, Self.done]
    ) { ended += 1 }
    #expect(result.samples == Array(repeating: Sample(latency: 0.5, prefill: 0.3, tokens: [0.1, 0.1]), count: 2))
    #expect(result.tokens == [[1, 2, 3], [4, 5, 6]])
    #expect(result.memory.peakBytes == 77 && result.memory.peakIsOfTrial && result.memory.kvCacheBytes == nil)
    #expect(result.description.version == "fake 1.0" && result.description.weightBytes == 123)
    #expect(ended == 3)
  }

  @Test("the request arrives on standard input as one line") func request() {
    let reason = failure([#"read -r line; [ "$line" = '{"question":"all of it"}' ] && echo asked >&2; exit 4"#])
    #expect(reason.contains("asked"))
  }

  @Test("a driver that is killed, ends early or never starts fails with its last words")
  func early() {
    let killed = failure([Self.loaded, "echo 'the end is near' >&2", "kill -9 $$"])
    #expect(killed.contains("SIGKILL") && killed.contains("the end is near"))
    let exited = failure(["echo oops >&2; exit 3"])
    #expect(exited.contains("exit code 3") && exited.contains("oops"))
    #expect(failure([Self.loaded, "exit 0"]).contains("exit code 0"))
    let missing = DriverCall(python: "/no/such/python", script: "x", environment: [:], timeout: 5)
    #expect(throws: EngineProblem.self) { try missing.convert(.null) }
  }

  @Test("a driver that is silent for too long is killed, with all it started") func hang() throws {
    let mark = folder.path + "/child"
    let reason = failure(["echo waiting >&2", "sleep 1000 & echo $! > \(mark)", "sleep 1000"], timeout: 1)
    #expect(reason.contains("silent for 1.0 s") && reason.contains("waiting"))
    try expectGone(folder.text("child"))
  }

  @Test("a process that a dead driver left behind, holding its output, is no reason to wait") func orphan() throws {
    let mark = folder.path + "/child"
    let reason = failure([Self.loaded, "sleep 1000 & echo $! > \(mark)", "exit 5"])
    #expect(reason.contains("exit code 5"))
    try expectGone(folder.text("child"))
  }

  /// A killed process lingers until its parent, which may be init, has waited for it.
  private func expectGone(_ identifier: String) throws {
    let number = try #require(pid_t(identifier.trimmingCharacters(in: .whitespacesAndNewlines)))
    for _ in 0..<500 where kill(number, 0) == 0 {
      let status = (try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8)) ?? ""
      if status.contains(") Z ") { return }
      usleep(10_000)
    }
    #expect(kill(number, 0) != 0)
  }

  @Test(
    "whatever is no message fails and is quoted",
    arguments: ["rubbish", "{\"type\":\"loaded\"", "[]", "{\"type\":\"party\"}", "{\"type\":7}", "null"])
  func rubbish(line: String) {
    let reason = failure(["echo '\(line)'"])
    #expect(reason.contains("no message"))
    #expect(reason.contains(line.prefix(7)))
  }

  @Test("bytes that are no UTF-8 and lines without end fail") func unreadable() {
    #expect(failure([#"printf '\377\376\n'"#]).contains("UTF-8"))
    #expect(failure(["yes | tr -d '\\n'"]).contains("more than"))
  }

  @Test("messages out of order, too many, too few or with wrong figures fail")
  func order() {
    let wrong: [[String]] = [
      [Self.sample],
      [Self.loaded, Self.loaded],
      [Self.loaded, Self.warmup, Self.warmup],
      [Self.loaded, Self.warmup, Self.sample, Self.sample, Self.sample],
      [Self.loaded, Self.done],
      [Self.loaded, Self.warmup, Self.sample, Self.sample, Self.done],
      [Self.loaded, #"echo '{"type":"sample","latency_s":0.5,"prefill_s":0.3,"token_s":[0.1]}'"#],
      [Self.loaded, #"echo '{"type":"sample","latency_s":-1,"prefill_s":0.3,"token_s":[0.1,0.1]}'"#],
      [Self.loaded, #"echo '{"type":"sample","latency_s":null,"prefill_s":0.3,"token_s":[0.1,0.1]}'"#],
      [Self.loaded, #"echo '{"type":"tokens","tokens":[[1,2,3]]}'"#],
      [Self.loaded, #"echo '{"type":"tokens","tokens":[[1,2,3],[4,5,7]]}'"#],
      [Self.loaded, #"echo '{"type":"tokens","tokens":[[1,2,3],[4,5,-1]]}'"#],
    ]
    for lines in wrong {
      let reason = failure(lines)
      #expect(reason.contains("no message") || reason.contains("could not come"), "\(lines): \(reason)")
    }
  }

  @Test("a driver's own failure and refusal are passed on") func ownWords() {
    #expect(failure([#"echo '{"type":"failed","error":"out of memory"}'"#]) == "out of memory")
    #expect(throws: EngineProblem.refused("no such model")) {
      try call([Self.loaded, #"echo '{"type":"refused","error":"no such model"}'"#])
    }
  }

  @Test("a flood on standard error neither blocks the driver nor is kept whole") func flood() throws {
    let noise =
      "i=0; while [ $i -lt 4000 ]; do echo 'a line of noise that fills the pipe many times over' >&2; i=$((i+1)); done"
    let reason = failure([Self.loaded, noise, "echo 'final words' >&2", "exit 1"])
    #expect(reason.hasSuffix("final words"))
    #expect(reason.count < 5000)
  }
}
