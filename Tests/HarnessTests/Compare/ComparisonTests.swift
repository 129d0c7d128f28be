import Foundation
import Testing
import Transformer

@testable import Harness

@Suite struct ComparisonTests {
  private let folder: TemporaryFolder
  private let output = MemorySink()

  init() throws { folder = try TemporaryFolder() }

  /// A row whose calls take these seconds, a third of each in the prefill.
  private func row(
    _ latencies: [Double], batch: Int = 1, output: Int = 3, change: (inout TrialResult) -> Void = { _ in }
  ) -> String {
    let trial = Trial(name: "x_\(batch)_8_\(output)", batchSize: batch, inputLength: 8, outputLength: output)
    var result = TrialResult.example(trial: trial)
    let samples = latencies.map {
      Sample(latency: $0, prefill: $0 / 3, tokens: Array(repeating: $0 / 3, count: output - 1))
    }
    let work = Workload(
      configuration: FakeProvider().configuration, trial: trial, weightDType: .bf16, cacheDType: .bf16)
    result.outcome = .ok(
      samples: samples,
      Metrics(samples: samples, trial: trial, workload: work, useCache: true, ceilings: nil)!)
    change(&result)
    return result.line + "\n"
  }

  private func compare(
    _ a: String, _ b: String, format: ComparisonFormat = .text, failOnSlower: Double? = nil
  ) throws -> CommandStatus {
    try CompareJob(
      baseline: folder.path + "/" + a, compared: folder.path + "/" + b, format: format, failOnSlower: failOnSlower,
      standardOutput: output
    ).run()
  }

  private let quiet = [1.0, 1.001, 1.002, 1.003, 1.004, 1.005, 1.006]

  @Test("a run twice as slow is SLOWER, and fails only when asked to and beyond the limit") func slower() throws {
    try folder.write(row(quiet), to: "a/results.jsonl")
    try folder.write(row(quiet.map { $0 * 1.1 }), to: "b/results.jsonl")
    #expect(try compare("a", "b") == .done)
    #expect(output.text.contains("SLOWER"))
    #expect(try compare("a", "b", failOnSlower: 5) == .failed)
    #expect(try compare("a", "b", failOnSlower: 15) == .done)
    #expect(try compare("b", "a", failOnSlower: 0) == .done)
    #expect(output.text.contains("FASTER"))
    #expect(try compare("a", "a/results.jsonl", failOnSlower: 0) == .done)
    #expect(output.text.contains("SAME"))
  }

  @Test("trials are paired whatever their order, and those without a partner are named") func pairing() throws {
    let other = row(quiet, batch: 4)
    try folder.write(row(quiet) + other + row(quiet, batch: 2), to: "a/results.jsonl")
    try folder.write(row(quiet, batch: 8) + row(quiet, batch: 2) + row(quiet), to: "b/results.jsonl")
    #expect(try compare("a", "b", format: .json) == .done)
    let json = try JSONParser().parse(output.text)
    #expect(
      json["trials"]?.arrayValue?.map { $0["trial"]?.stringValue }
        == ["batch 1, 8 in, 3 out", "batch 2, 8 in, 3 out"])
    #expect(json["only_in_a"] == .array([.string("batch 4, 8 in, 3 out")]))
    #expect(json["only_in_b"] == .array([.string("batch 8, 8 in, 3 out")]))
    let trial = try #require(json["trials"]?.arrayValue?.first)
    #expect(trial["verdict"]?.stringValue == "SAME")
    #expect(trial["latency"]?["ratio"]?.doubleValue == 1)
    #expect(trial["token"]?["verdict"]?.stringValue == "SAME")
  }

  @Test("what the sides differ in is named") func differences() throws {
    try folder.write(row(quiet), to: "a/results.jsonl")
    try folder.write(row(quiet) { $0.identity.dtype = "fp32" }, to: "b/results.jsonl")
    _ = try compare("a", "b")
    #expect(output.text.contains("A and B differ in dtype (bf16, fp32)"))
    #expect(output.text.contains("separate runs"))
  }

  @Test("single runs whose processors were at different distances are told apart") func distances() throws {
    func at(_ seconds: Double) -> String {
      row(quiet) { $0.environment = .object([.init(key: "barrier_start_s", value: .number(seconds))]) }
    }
    for (name, seconds) in [("a", 57e-9), ("b", 75e-9), ("c", 312e-9)] {
      try folder.write(at(seconds), to: "\(name)/results.jsonl")
    }
    _ = try compare("a", "b")
    #expect(!output.text.contains("barrier_start_s"))
    _ = try compare("a", "c")
    #expect(output.text.contains("A and B differ in barrier_start_s (57 ns, 312 ns)"))
  }

  @Test("markdown is a table with equally many cells in every line") func markdown() throws {
    try folder.write(row(quiet), to: "a/results.jsonl")
    _ = try compare("a", "a", format: .markdown)
    let table = output.text.split(separator: "\n").filter { $0.hasPrefix("|") }
    #expect(table.count == 3)
    #expect(Set(table.map { $0.count { $0 == "|" } }).count == 1)
  }

  @Test("rounds are compared pair by pair: what drifts in both is no difference") func rounds() throws {
    for round in 1...10 {
      // The machine becomes twice as slow; B is always 5 % slower than A.
      let drift = 1 + Double(round) / 10
      let jitter = 1 + Double(round * 7 % 5) * 0.004
      try folder.write(row([drift, drift, drift * 3]), to: "r/a/\(ComparedRun.roundName(round))/results.jsonl")
      try folder.write(
        row([drift * 1.05 * jitter]), to: "r/b/\(ComparedRun.roundName(round))/results.jsonl")
    }
    #expect(try compare("r/a", "r/b", failOnSlower: 2) == .failed)
    #expect(output.text.contains("SLOWER"))
    #expect(!output.text.contains("separate runs"))
  }

  @Test("a trial that failed counts for neither side") func failures() throws {
    try folder.write(TrialResult.refusedExample().line + "\n" + row(quiet), to: "a/results.jsonl")
    _ = try compare("a", "a", format: .json)
    #expect(try JSONParser().parse(output.text)["trials"]?.arrayValue?.count == 1)
  }

  @Test("a torn last line is left out") func torn() throws {
    try folder.write(row(quiet) + "{\"name\":", to: "a/results.jsonl")
    #expect(try compare("a", "a") == .done)
  }

  @Test("what is no run is an error that says what to give", arguments: ["missing", "empty", "broken", "", "nothing"])
  func badInput(name: String) throws {
    try folder.write(row(quiet), to: "good/results.jsonl")
    try folder.write("x", to: "empty/other")
    try folder.write("{}\n" + row(quiet), to: "broken/results.jsonl")
    try folder.write("", to: "nothing/results.jsonl")
    let error = #expect(throws: InputError.self) { try compare("good", name) }
    #expect(error?.cure != nil)
    #expect(output.text.isEmpty)
  }

  @Test("numbers that no run can have are refused", arguments: ["-1", "0", "9223372036854775807", "1e300", "\"1\""])
  func hostileNumbers(number: String) throws {
    let line = row(quiet).replacingOccurrences(of: "\"output_length\":3", with: "\"output_length\":\(number)")
    try folder.write(line, to: "a/results.jsonl")
    #expect(throws: InputError.self) { try compare("a", "a") }
  }

  @Test("samples that are none leave a trial undecided instead of ending in nonsense") func hostileSamples() throws {
    let line = row(quiet)
    let start = try #require(line.range(of: "\"samples\":["))
    let end = try #require(line.range(of: "],\"latency_s\":{"))
    let bad = "{\"latency_s\":-1,\"prefill_s\":0,\"token_s\":[]},{\"latency_s\":null},7"
    try folder.write(
      line.replacingCharacters(in: start.upperBound..<end.lowerBound, with: bad), to: "a/results.jsonl")
    #expect(try compare("a", "a", failOnSlower: 0) == .done)
    #expect(output.text.contains("UNDECIDED"))
  }

  @Test("a limit that is no percentage is refused", arguments: [-1, 1001, .nan, .infinity]) func limit(percent: Double)
    throws
  {
    try folder.write(row(quiet), to: "a/results.jsonl")
    #expect(throws: InputError.self) { try compare("a", "a", failOnSlower: percent) }
  }
}
