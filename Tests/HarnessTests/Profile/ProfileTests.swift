import Foundation
import Tensor
import TestSupport
import Testing
import Transformer

@testable import Harness

@Suite struct ProfileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let costs = CostModel(
    configuration: FakeProvider().configuration, weightDType: .bf16, cacheDType: .bf16, productDType: .bf16)

  /// A pass of `rows` new tokens that end a sequence of `length`; each step takes 10 ns, the last 4 of them waiting.
  private static func pass(rows: Int, length: Int, start: UInt64) -> ForwardProfile.Pass {
    let visible = (length - rows + 1...length).reduce(0, +)
    var pass = ForwardProfile.Pass(
      shape: PassShape(rows: rows, logitRows: 1, visibleKeys: visible, keySlots: length), start: start, steps: [])
    func add(_ operation: ForwardOperation, _ layer: Int?) {
      let end = pass.end + 10
      pass.steps.append(.init(operation: operation, layer: layer, workEnd: end - 4, end: end))
    }
    add(.embedding, nil)
    for layer in 0..<costs.configuration.layerCount {
      for operation in ForwardOperation.allCases where operation.isOfLayer { add(operation, layer) }
    }
    add(.finalNorm, nil)
    add(.logits, nil)
    return pass
  }

  private static func profile(_ passes: [ForwardProfile.Pass]) -> ForwardProfile {
    var profile = ForwardProfile()
    profile.passes = passes
    return profile
  }

  @Test("the operations of all steps are those that the trial's shapes ask for") func operationsMatchWorkload() {
    let work = Workload(
      configuration: Self.costs.configuration,
      trial: Trial(name: "t", batchSize: 1, inputLength: 9, outputLength: 2), weightDType: .bf16, cacheDType: .bf16)
    var prefill = PhaseProfile()
    // In two passes: five tokens, then four. Logits are computed once.
    var first = Self.pass(rows: 5, length: 5, start: 0)
    first.shape.logitRows = 0
    prefill.add(Self.profile([first, Self.pass(rows: 4, length: 9, start: 500)]), from: 0, to: 2000, costs: Self.costs)
    #expect(prefill.cost.flop == work.prefillOperations)
    var decode = PhaseProfile()
    decode.add(Self.profile([Self.pass(rows: 1, length: 10, start: 0)]), from: 0, to: 2000, costs: Self.costs)
    #expect(decode.cost.flop == work.decodeOperations(length: 10))
    #expect(decode.cost.bytes >= work.decodeBytes(length: 10) - 2 * 2 * 2 * 8)
  }

  @Test("steps, waits and what is outside of passes add up to the phase") func timesAddUp() throws {
    var phase = PhaseProfile()
    let pass = Self.pass(rows: 1, length: 3, start: 100)
    phase.add(Self.profile([pass]), from: 90, to: pass.end + 7, costs: Self.costs)
    #expect(phase.lines.reduce(0) { $0 + $1.duration } + phase.outside == phase.duration)
    #expect(phase.outside == 17)
    #expect(phase.wait == 4 * UInt64(pass.steps.count))
    let attention = try #require(phase.lines.first { $0.operation == .attention })
    #expect(attention.calls == 2 && attention.duration == 20 && attention.wait == 8)
    #expect(phase.lines.map(\.operation) == ForwardOperation.allCases.filter { $0 != .scaleLogits })
  }

  @Test("a step is compared with the slower of its arithmetic and its memory traffic") func rooflineFraction() {
    let ceilings = Ceilings(operationsPerSecond: 100e9, fp32OperationsPerSecond: 50e9, bytesPerSecond: 10e9)
    var line = PhaseProfile.Line(operation: .down)
    line.duration = 1_000_000_000
    line.cost = OperationCost(flop: 80e9, bytes: 5e9)
    #expect(line.rooflineFraction(ceilings) == 0.8)
    line.cost.bytes = 9e9
    #expect(line.rooflineFraction(ceilings) == 0.9)
    line.operation = .attention
    line.cost = OperationCost(flop: 40e9, bytes: 0)
    #expect(line.rooflineFraction(ceilings) == 0.8)
  }

  private func run(_ provider: FakeProvider, trace: String? = nil) throws -> (ConfigurationValue, String) {
    var options = RunOptions(sweepFile: "unused.yaml")
    options.output = folder.path + "/results"
    options.profile = true
    options.trace = trace
    let errors = MemorySink()
    let job = RunJob(options: options, standardOutput: MemorySink(), standardError: errors)
    let sweep = Sweep.example(batchSizes: [1])
    _ = try job.run(sweep, job.selection(sweep), provider)
    return (try JSONParser().parse(folder.text("results/results.jsonl")), errors.text)
  }

  /// An engine whose calls consist of one pass of known steps.
  private func profilingProvider() -> FakeProvider {
    var provider = FakeProvider()
    provider.ceilings = Ceilings(operationsPerSecond: 1e9, bytesPerSecond: 1e9)
    var length = 4
    provider.engine.profile = {
      length += 1
      return Self.profile([Self.pass(rows: length == 5 ? 5 : 1, length: length, start: 1000 * UInt64(length))])
    }
    return provider
  }

  @Test("a profiled trial is measured as always, then called once more") func calledOnceMore() throws {
    let provider = profilingProvider()
    let (row, errors) = try run(provider)
    #expect(row["samples"]?.arrayValue?.count == 3)
    let calls = provider.engine.calls
    #expect(calls.suffix(7) == [.startProfiling, .reset, .prefill([5]), .decode, .decode, .decode, .stopProfiling])
    #expect(calls.count { $0 == .reset } == 2 + 3 + 1)
    let operations = try #require(row["profile"]?["decode"]?["operations"]?.arrayValue)
    #expect(operations.count == 13)
    let attention = operations.first { $0["operation"]?.stringValue == "attention" }
    #expect(attention?["calls"]?.integerValue == 6)
    #expect(row["profile"]?["prefill"]?["tokens"]?.integerValue == 1)
    #expect(row["ceilings"]?["read_bytes_per_s"]?.doubleValue == 1e9)
    #expect(errors.contains("% of roofline") && errors.contains("ffn down"))
  }

  @Test("the trace is JSON whose slices nest: steps in tokens, waits in steps") func trace() throws {
    let path = folder.path + "/trace.json"
    _ = try run(profilingProvider(), trace: path)
    let events = try #require(try JSONParser().parse(folder.text("trace.json"))["traceEvents"]?.arrayValue)
    let slices = events.filter { $0["ph"]?.stringValue == "X" }
    let steps = 4 * (3 + 2 * 10)
    #expect(slices.count == 4 + 2 * steps)
    #expect(slices.count { $0["name"]?.stringValue == "barrier wait" } == steps)
    #expect(slices.allSatisfy { ($0["dur"]?.doubleValue ?? -1) >= 0 })
    let names = events.filter { $0["name"]?.stringValue == "process_name" }
    #expect(names.map { $0["args"]?["name"]?.stringValue } == ["any_1_5_4"])
  }

  @Test("a trace that cannot be written is an error before anything runs") func badTrace() {
    let provider = FakeProvider()
    let error = #expect(throws: InputError.self) { try run(provider, trace: folder.path + "/missing/trace.json") }
    #expect(error?.description.contains("missing/trace.json") == true)
    #expect(provider.loads.value == 0)
  }

  @Test("an earlier trace is replaced, results and other files are not") func foreignTrace() throws {
    let old = try TraceFile(path: folder.path + "/trace.json")
    old.beginTrial(1, name: "old")
    _ = try TraceFile(path: folder.path + "/trace.json")
    #expect(try JSONParser().parse(folder.text("trace.json"))["traceEvents"]?.arrayValue?.isEmpty == true)
    for text in ["x", String(repeating: "benchmark_name: precious\n", count: 9)] {
      try folder.write(text, to: "precious.yaml")
      let error = #expect(throws: InputError.self) { try TraceFile(path: folder.path + "/precious.yaml") }
      #expect(error?.description.contains("is no trace") == true)
      #expect(try folder.text("precious.yaml") == text)
    }
    // The results file is there and empty when the trace is opened.
    #expect(throws: InputError.self) { try run(profilingProvider(), trace: folder.path + "/results/results.jsonl") }
    #expect(try folder.text("results/results.jsonl").isEmpty)
  }

  @Test("a trace stays whole JSON after every write and says when it was cut") func traceLimit() throws {
    let file = try TraceFile(path: folder.path + "/trace.json")
    #expect(try JSONParser().parse(folder.text("trace.json"))["traceEvents"]?.arrayValue?.isEmpty == true)
    file.beginTrial(1, name: "t \"quoted\"")
    #expect(try JSONParser().parse(folder.text("trace.json"))["traceEvents"]?.arrayValue?.count == 3)
    let long = Self.profile(Array(repeating: Self.pass(rows: 1, length: 1, start: 0), count: 3000))
    file.add(long, trial: 1, token: 0, time: 0..<1)
    #expect(file.isCut)
    #expect(try JSONParser().parse(folder.text("trace.json"))["traceEvents"]?.arrayValue?.count == 3)
  }

  // The thread sanitizer keeps its own memory in a file, which is to grow further.
  @Test(
    "a trace that outgrows its place ends the run with 2 and stays whole; rows and profiles are kept",
    .disabled(if: ThreadSanitizer.isPresent))
  func fullTrace() throws {
    // 16 KiB: more than the row, less than the steps of 30 tokens.
    let script =
      "ulimit -f 32; $bench batch_sizes=[1] output_lengths=[30] --trace trace.json --format jsonl >row 2>errors"
    #expect(try Shell.run(script, in: folder) == 2)
    let errors = try folder.text("errors")
    #expect(errors.contains("trace.json: the trace cannot be written: File too large"), "\(errors)")
    #expect(errors.contains("1 measured"))
    let row = try folder.text("out/results.jsonl")
    #expect(try folder.text("row") == row)
    #expect(try JSONParser().parse(String(row.dropLast()))["profile"]?["decode"] != nil)
    let events = try #require(try JSONParser().parse(folder.text("trace.json"))["traceEvents"]?.arrayValue)
    #expect(events.count > 3)
  }

  @Test("ceilings are measured only when a trial is to be measured, and not with --no-roofline") func ceilings() throws
  {
    var options = RunOptions(sweepFile: "unused.yaml")
    options.output = folder.path + "/results"
    var provider = FakeProvider()
    provider.ceilings = Ceilings(operationsPerSecond: 1e9, bytesPerSecond: 1e9)
    func row() throws -> ConfigurationValue {
      let job = RunJob(options: options, standardOutput: MemorySink(), standardError: MemorySink())
      let sweep = Sweep.example(batchSizes: [1])
      _ = try job.run(sweep, job.selection(sweep), provider)
      return try JSONParser().parse(folder.text(options.roofline ? "results/results.jsonl" : "without/results.jsonl"))
    }
    #expect(try row()["mfu"]?.doubleValue != nil)
    options.resume = true
    provider.ceilings = nil
    #expect(try row()["mfu"]?.doubleValue != nil)
    options.resume = false
    options.roofline = false
    provider.ceilings = Ceilings(operationsPerSecond: 1e9, bytesPerSecond: 1e9)
    options.output = folder.path + "/without"
    let without = try row()
    #expect(without["mfu"] == .null && without["ceilings"] == .null)
    #expect(without["environment"]?["barrier_end_s"] == .null)
  }

  @Test("rows know how far apart the processors were, and say when they were moved") func moved() throws {
    var options = RunOptions(sweepFile: "unused.yaml")
    options.output = folder.path + "/results"
    var provider = FakeProvider()
    provider.ceilings = Ceilings(operationsPerSecond: 1e9, bytesPerSecond: 1e9)
    provider.barriers = .init([60e-9, 310e-9, 310e-9, 50e-9, 50e-9, 70e-9])
    let errors = MemorySink()
    let job = RunJob(options: options, standardOutput: MemorySink(), standardError: errors)
    let sweep = Sweep.example(batchSizes: [1, 2, 3])
    _ = try job.run(sweep, job.selection(sweep), provider)
    let rows = try folder.text("results/results.jsonl").split(separator: "\n").map {
      try #require(try JSONParser().parse(String($0))["environment"])
    }
    #expect(rows.map { $0["barrier_start_s"]?.doubleValue } == [60e-9, 310e-9, 50e-9])
    #expect(rows.map { $0["barrier_end_s"]?.doubleValue } == [310e-9, 50e-9, 70e-9])
    let moves = rows.map { $0["warnings"]?.arrayValue?.compactMap(\.stringValue).filter { $0.contains("moved") } ?? [] }
    let further = "processors were moved further from each other: a barrier took 60 ns, then 310 ns"
    #expect(moves[0] == [further] && errors.text.contains(further))
    #expect(moves[1] == ["processors were moved nearer to each other: a barrier took 310 ns, then 50 ns"])
    #expect(moves[2] == [])
  }
}
