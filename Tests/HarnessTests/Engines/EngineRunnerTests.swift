import Foundation
import Testing
import Transformer

@testable import Harness

/// An engine that answers from a list.
private final class ScriptedEngine: TrialEngine {
  let name: EngineName
  var latency = 1.0
  var tokens: [Int32] = [1, 2, 3, 4]
  var problem: EngineProblem?
  /// The round in which the problem shows.
  var problemRound = 0
  private let log: Log
  private var turns = 0

  final class Log { var names: [String] = [] }

  init(_ name: EngineName, log: Log) { (self.name, self.log) = (name, log) }

  func measure(_ turn: EngineTurn, batchEnded: () -> Void) throws -> EngineMeasurement {
    log.names.append("\(name.rawValue) \(turn.trial.batchSize) x\(turn.batchCount)")
    defer { turns += 1 }
    if let problem, turns >= problemRound { throw problem }
    var result = EngineMeasurement()
    result.samples = (0..<turn.batchCount).map { _ in
      Sample(latency: latency, prefill: latency / 2, tokens: [latency / 6, latency / 6, latency / 6])
    }
    result.tokens = Array(repeating: tokens, count: turn.trial.batchSize)
    result.description.version = "\(name.rawValue) 1.0"
    return result
  }
}

@Suite struct EngineRunnerTests {
  private let folder: TemporaryFolder
  private let standardOutput = MemorySink()
  private let standardError = MemorySink()
  private let log = ScriptedEngine.Log()

  init() throws { folder = try TemporaryFolder() }

  private func run(
    _ engines: [ScriptedEngine], dtype: String = "fp32", rounds: Int = 1, batchSizes: [Int] = [1],
    resume: Bool = false, format: ResultFormat = .text, output: MemorySink? = nil, free: Int = .max,
    prompts: String? = nil
  ) throws -> CommandStatus {
    var options = RunOptions(sweepFile: "unused.yaml")
    options.output = folder.path
    options.resume = resume
    options.format = format
    var sweep = Sweep.example(batchSizes: batchSizes)
    sweep.engines = engines.map(\.name)
    sweep.prompts = prompts
    sweep.engineRounds = rounds
    sweep.batchCount = 4
    sweep.modelDType = dtype == "fp32" ? .fp32 : .bf16
    sweep.arithmeticDType = sweep.modelDType
    let job = RunJob(options: options, standardOutput: output ?? standardOutput, standardError: standardError)
    return try job.runEngines(
      sweep, job.selection(sweep), FakeProvider(),
      memory: MemoryGuard { AvailableMemory(bytes: free, limit: "the test's limit") }, engines: engines,
      idleCheck: IdleCheck(busySeconds: { nil }))
  }

  private func engine(_ name: EngineName, _ change: (ScriptedEngine) -> Void = { _ in }) -> ScriptedEngine {
    let engine = ScriptedEngine(name, log: log)
    change(engine)
    return engine
  }

  private func rows() throws -> [ConfigurationValue] {
    try folder.text("results.jsonl").split(separator: "\n").map { try JSONParser().parse(String($0)) }
  }

  @Test("engines take turns until each has its samples, and each gets a row") func interleaved() throws {
    #expect(try run([engine(.native), engine(.huggingFace), engine(.llamacpp)], rounds: 3, batchSizes: [2]) == .done)
    #expect(
      log.names == [
        "native 2 x2", "hf 2 x2", "llamacpp 2 x2", "native 2 x1", "hf 2 x1", "llamacpp 2 x1", "native 2 x1", "hf 2 x1",
        "llamacpp 2 x1",
      ])
    let rows = try rows()
    #expect(rows.map { $0["engine"]?.stringValue } == ["native", "hf", "llamacpp"])
    #expect(rows.allSatisfy { $0["samples"]?.arrayValue?.count == 4 })
    #expect(rows.allSatisfy { $0["engine_detail"]?["rounds"]?.integerValue == 3 })
    let lines = standardOutput.text.split(separator: "\n").dropFirst(3)
    #expect(lines.map { $0.prefix { $0 != "," } } == ["any_2_5_4", "hf:any_2_5_4", "llamacpp:any_2_5_4"])
  }

  @Test("a single engine's lines are the original's") func single() throws {
    #expect(try run([engine(.deepspeed)]) == .done)
    #expect(standardOutput.text.split(separator: "\n").last?.hasPrefix("any_1_5_4, ") == true)
  }

  @Test("rows say where the prompts come from") func prompts() throws {
    let prompts = try TemporaryFolder()
    try prompts.write("{\"tokens\": [1, 2, 3]}\n{\"tokens\": [1, 2, 3, 4, 5]}", to: "some.jsonl")
    let file = prompts.path + "/some.jsonl"
    #expect(try run([engine(.native), engine(.huggingFace)], batchSizes: [3], prompts: file) == .done)
    for use in try rows().map({ $0["prompts"] }) {
      #expect(use?["file"]?.stringValue == file)
      #expect(use?["repeated"]?.integerValue == 2)
      #expect(use?["whole"]?.integerValue == 1)
    }
  }

  @Test("an engine that fails gets a failed row and no further turn; the sweep goes on") func failure() throws {
    let broken = engine(.huggingFace) {
      $0.problem = .failed("it died")
      $0.problemRound = 1
    }
    #expect(try run([engine(.native), broken], rounds: 4, batchSizes: [1, 3]) == .failed)
    #expect(log.names.count { $0.hasPrefix("hf 1") } == 2)
    #expect(log.names.count { $0.hasPrefix("native 3") } == 4)
    let rows = try rows()
    #expect(rows.map { $0["status"]?.stringValue } == ["ok", "failed", "ok", "failed"])
    #expect(rows[1]["error"]?.stringValue == "it died")
  }

  @Test("tokens that differ flag the row in fp32 and are reported in bf16", arguments: ["fp32", "bf16"])
  func agreement(dtype: String) throws {
    let other = engine(.llamacpp) { $0.tokens = [1, 2, 9, 4] }
    #expect(try run([engine(.native), engine(.huggingFace), other], dtype: dtype, batchSizes: [2]) == .done)
    let rows = try rows().map { $0["engine_detail"]?["agreement"] }
    #expect(rows[0] == .null)
    #expect(rows[1]?["equal_tokens"]?.integerValue == 8)
    #expect(rows[1]?["flagged"] == .bool(false))
    // Only what comes before the first difference counts.
    #expect(rows[2]?["equal_tokens"]?.integerValue == 4)
    #expect(rows[2]?["equal_sequences"]?.integerValue == 0)
    #expect(rows[2]?["flagged"] == .bool(dtype == "fp32"))
    #expect(standardError.text.contains("llamacpp generates other tokens than native") == (dtype == "fp32"))
  }

  @Test("a trial that no memory holds starts no engine and draws no prompts") func outOfMemory() throws {
    let status = try run([engine(.native), engine(.huggingFace)], batchSizes: [1 << 30, 1], free: 1 << 30)
    #expect(status == .failed)
    #expect(log.names == ["native 1 x4", "hf 1 x4"])
    #expect(try rows().map { $0["status"]?.stringValue } == ["out_of_memory", "out_of_memory", "ok", "ok"])
  }

  @Test("a refusal is a row; it fails the run only where nobody could measure") func refusal() throws {
    let refusing = engine(.huggingFace) { $0.problem = .refused("not installed: make peers PEERS=hf") }
    #expect(try run([engine(.native), refusing]) == .done)
    #expect(try rows().map { $0["status"]?.stringValue } == ["ok", "refused"])
    let alone = try EngineRunnerTests()
    #expect(try alone.run([refusing]) == .failed)
  }

  @Test("an engine that joins a run later is measured alone and compared with the rows that are there")
  func resume() throws {
    _ = try run([engine(.native), engine(.huggingFace)])
    log.names = []
    let output = MemorySink()
    let status = try run(
      [engine(.native), engine(.huggingFace), engine(.llamacpp) { $0.tokens[3] = 9 }], resume: true, output: output)
    #expect(status == .done)
    #expect(log.names == ["llamacpp 1 x4"])
    #expect(output.text.split(separator: "\n").count == 6)
    let row = try #require(try rows().last)
    #expect(row["engine_detail"]?["agreement"]?["reference"]?.stringValue == "native")
    #expect(row["engine_detail"]?["agreement"]?["equal_tokens"]?.integerValue == 3)
  }

  @Test("the comparison shows every engine with its speed in units of native, and what is wrong with it")
  func table() throws {
    let slow = engine(.huggingFace) { $0.latency = 4 }
    let other = engine(.llamacpp) { $0.tokens = [9, 9, 9, 9] }
    let broken = engine(.openvino) { $0.problem = .failed("it died") }
    _ = try run([engine(.native), slow, other, broken], format: .comparison)
    let lines = standardOutput.text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(lines[1].contains("native") && lines[1].contains("1.00"))
    #expect(lines[2].contains("hf") && lines[2].contains("0.25") && lines[2].contains("equal"))
    #expect(lines[3].contains("llamacpp") && lines[3].suffix(2) == ["0/4", "DIFFER"])
    #expect(lines[4].contains("openvino") && lines[4].contains("failed"))
    #expect(standardOutput.text.contains("openvino failed: it died"))
    #expect(standardOutput.text.contains("hf is hf 1.0"))
  }
}

@Suite struct SpeedRatioTests {
  @Test("a ratio is above one for the faster, and its interval holds it") func ratio() throws {
    let ratio = try #require(SpeedRatio([2.0, 2.2, 1.8, 2.0], over: [1.0, 1.1, 0.9, 1.0]))
    #expect(abs(ratio.ratio - 2) < 1e-12)
    let interval = try #require(ratio.interval)
    #expect(interval.contains(2) && interval.lowerBound > 1.6 && interval.upperBound < 2.4)
    #expect(interval.lowerBound < interval.upperBound)
  }

  @Test("one sample gives a ratio without an interval, none gives nothing") func fewSamples() throws {
    #expect(try #require(SpeedRatio([1], over: [2, 2])).interval == nil)
    #expect(SpeedRatio([], over: [1]) == nil)
    #expect(SpeedRatio([1], over: []) == nil)
  }
}
