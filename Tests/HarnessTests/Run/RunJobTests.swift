import Foundation
import Testing
import Transformer

@testable import Harness

@Suite struct RunJobTests {
  private let folder: TemporaryFolder
  private let standardOutput = MemorySink()
  private let standardError = MemorySink()

  init() throws { folder = try TemporaryFolder() }

  private func run(
    _ sweep: Sweep = .example(), provider: FakeProvider = FakeProvider(), resume: Bool = false, point: Int? = nil,
    format: ResultFormat = .text, output: MemorySink? = nil, free: Int = .max
  ) throws -> CommandStatus {
    var options = RunOptions(sweepFile: "unused.yaml")
    options.output = folder.path
    options.resume = resume
    options.point = point
    options.format = format
    let job = RunJob(options: options, standardOutput: output ?? standardOutput, standardError: standardError)
    return try job.run(
      sweep, job.selection(sweep), provider,
      memory: MemoryGuard { AvailableMemory(bytes: free, limit: "the test's limit") })
  }

  private func rows() throws -> [ConfigurationValue] {
    try folder.text("results.jsonl").split(separator: "\n").map { try JSONParser().parse(String($0)) }
  }

  private static let header = """
    n_params is:  1315950592
    name, latency (s), throughput (tokens/s), latency_per_sequence_output_token (ms)
    ===========================================================================

    """

  @Test("a sweep prints the header and a line for each trial, and keeps a row of each") func wholeSweep() throws {
    #expect(try run() == .done)
    let text = standardOutput.text
    #expect(text.hasPrefix(Self.header))
    let lines = text.dropFirst(Self.header.count).split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0].wholeMatch(of: /any_1_5_4, \d+\.\d{3}, \d+\.\d{3}, \d+\.\d{3}/) != nil)
    #expect(lines[1].wholeMatch(of: /any_3_5_4, \d+\.\d{3}, \d+\.\d{3}, \d+\.\d{3}/) != nil)
    let rows = try rows()
    #expect(rows.map { $0["name"]?.stringValue } == ["any_1_5_4", "any_3_5_4"])
    #expect(rows.allSatisfy { $0["samples"]?.arrayValue?.count == 3 })
    #expect(rows.map { $0["kv_cache_bytes"]?.integerValue } == [900, 2700])
  }

  @Test("warm-up calls run but are not kept") func warmup() throws {
    let provider = FakeProvider()
    _ = try run(.example(batchSizes: [1]), provider: provider)
    #expect(provider.engine.calls.count { $0 == .prefill([5]) } == 5)
    #expect(try rows()[0]["samples"]?.arrayValue?.count == 3)
  }

  @Test("the cache holds a trial's tokens and no more, however wide a sliding window is", arguments: [nil, 3, 20, 500])
  func capacity(window: Int?) throws {
    var provider = FakeProvider()
    provider.configuration.slidingWindow = window
    _ = try run(.example(batchSizes: [1]), provider: provider)
    #expect(provider.engine.calls.first == .open(batchSize: 1, capacity: 9))
  }

  @Test("a trial that cannot fit is a row, and the sweep goes on") func outOfMemory() throws {
    // Batch 3 needs 2710 bytes beside the weights; 2000 are free above the reserve.
    let provider = FakeProvider()
    #expect(
      try run(.example(batchSizes: [3, 1]), provider: provider, free: MemoryGuard.reserve + 2000) == .failed)
    let rows = try rows()
    #expect(rows.map { $0["status"]?.stringValue } == ["out_of_memory", "ok"])
    #expect(rows[0]["error"]?.stringValue?.contains("the test's limit") == true)
    #expect(!standardOutput.text.contains("any_3_5_4"))
    #expect(standardOutput.text.contains("any_1_5_4"))
    #expect(standardError.text.contains("any_3_5_4: out of memory"))
    #expect(!provider.engine.calls.contains(.open(batchSize: 3, capacity: 9)))
  }

  @Test("when the weights do not fit nothing is loaded and every trial is a row") func weightsTooLarge() throws {
    var provider = FakeProvider()
    provider.weightBytes = .max
    #expect(try run(provider: provider, free: 1 << 40) == .failed)
    #expect(try rows().map { $0["status"]?.stringValue } == ["out_of_memory", "out_of_memory"])
    #expect(provider.loads.value == 0)
    #expect(standardOutput.text == Self.header)
  }

  @Test("memory that the system refuses while loading makes every trial a row") func loadRefused() throws {
    var provider = FakeProvider()
    provider.refusesWeights = true
    #expect(try run(provider: provider) == .failed)
    #expect(try rows().map { $0["status"]?.stringValue } == ["out_of_memory", "out_of_memory"])
  }

  @Test("a trial that fails is a row with its error, and the sweep goes on") func failedTrial() throws {
    let provider = FakeProvider()
    provider.engine.failingBatchSizes = [1]
    #expect(try run(provider: provider) == .failed)
    let rows = try rows()
    #expect(rows.map { $0["status"]?.stringValue } == ["failed", "ok"])
    #expect(rows[0]["error"]?.stringValue == "the session broke")
  }

  @Test("a run that is resumed measures only what is missing and prints the whole table") func resume() throws {
    _ = try run()
    let measured = standardOutput.text
    // As a kill in the middle of the second row leaves it.
    let text = try folder.text("results.jsonl")
    try folder.write(String(text.dropLast(100)), to: "results.jsonl")

    let provider = FakeProvider()
    let output = MemorySink()
    #expect(try run(provider: provider, resume: true, output: output) == .done)
    #expect(provider.engine.calls.contains(.open(batchSize: 3, capacity: 9)))
    #expect(!provider.engine.calls.contains(.open(batchSize: 1, capacity: 9)))
    #expect(standardError.text.contains("torn last line"))
    #expect(try rows().map { $0["name"]?.stringValue } == ["any_1_5_4", "any_3_5_4"])
    let firstRow = measured.split(separator: "\n")[3]
    #expect(output.text.split(separator: "\n")[3] == firstRow)
    #expect(output.text.split(separator: "\n").count == 5)
  }

  @Test("resuming a complete run loads nothing and prints the same table", arguments: ResultFormat.allCases)
  func resumeComplete(format: ResultFormat) throws {
    _ = try run(format: format)
    let provider = FakeProvider()
    let output = MemorySink()
    #expect(try run(provider: provider, resume: true, format: format, output: output) == .done)
    #expect(provider.loads.value == 0)
    #expect(output.text == standardOutput.text)
  }

  @Test("a failed trial runs again when the run is resumed, and its last row counts") func resumeFailed() throws {
    let broken = FakeProvider()
    broken.engine.failingBatchSizes = [3]
    #expect(try run(provider: broken) == .failed)
    #expect(try run(resume: true, output: MemorySink()) == .done)
    #expect(try rows().map { $0["status"]?.stringValue } == ["ok", "failed", "ok"])
    let third = FakeProvider()
    #expect(try run(provider: third, resume: true, output: MemorySink()) == .done)
    #expect(third.loads.value == 0)
  }

  @Test("a trial that a grid names twice is measured twice, also across a resumed run") func duplicates() throws {
    _ = try run(.example(batchSizes: [1]))
    _ = try run(.example(batchSizes: [1, 1]), resume: true, output: MemorySink())
    #expect(try rows().map { $0["trial"]?.integerValue } == [1, 2])
    let provider = FakeProvider()
    _ = try run(.example(batchSizes: [1, 1]), provider: provider, resume: true, output: MemorySink())
    #expect(provider.loads.value == 0)
  }

  @Test("rows of another thread count, instruction set or machine are refused") func otherConditions() throws {
    _ = try run()
    var provider = FakeProvider()
    provider.threads = ThreadCount(3)
    let threads = #expect(throws: InputError.self) { try run(provider: provider, resume: true) }
    #expect(threads?.description.contains("threads") == true)
    provider = FakeProvider()
    provider.instructionSet = "other"
    let isa = #expect(throws: InputError.self) { try run(provider: provider, resume: true) }
    #expect(isa?.description.contains("isa") == true)
  }

  @Test("rows of another dtype or another sweep are refused") func otherSweep() throws {
    _ = try run()
    var sweep = Sweep.example()
    sweep.modelDType = .fp32
    #expect(throws: InputError.self) { try run(sweep, resume: true) }
    var model = Sweep.example()
    model.seed = 8
    let error = #expect(throws: InputError.self) { try run(model, resume: true) }
    #expect(error?.description.contains("another sweep") == true)
  }

  @Test("a grid that has grown keeps what was measured, wherever it now stands") func grownGrid() throws {
    _ = try run(.example(batchSizes: [3, 1]))
    let provider = FakeProvider()
    let output = MemorySink()
    #expect(try run(.example(batchSizes: [1, 2, 3]), provider: provider, resume: true, output: output) == .done)
    let opened = provider.engine.calls.filter { if case .open = $0 { true } else { false } }
    #expect(opened == [.open(batchSize: 2, capacity: 9)])
    #expect(output.text.split(separator: "\n").dropFirst(3).map { $0.prefix(5) } == ["any_1", "any_2", "any_3"])
  }

  @Test("a folder with results is not written to without --resume") func noOverwriting() throws {
    _ = try run()
    let before = try folder.text("results.jsonl")
    #expect(throws: InputError.self) { try run() }
    #expect(try folder.text("results.jsonl") == before)
  }

  @Test("--point runs one trial, counted from 1, and points gather in one folder") func point() throws {
    _ = try run(point: 2)
    #expect(try rows().map { $0["name"]?.stringValue } == ["any_3_5_4"])
    _ = try run(resume: true, point: 1)
    #expect(try rows().map { $0["trial"]?.integerValue } == [2, 1])
  }

  @Test("a point outside the list is an error that names its bounds", arguments: [0, 3, -1, Int.max, Int.min])
  func badPoint(point: Int) throws {
    let error = #expect(throws: InputError.self) { try run(point: point) }
    #expect(error?.description.contains("1 to 2") == true)
  }

  @Test("--list numbers the trials from 1") func list() {
    #expect(RunJob.listing(.example()) == "1 any_1_5_4\n2 any_3_5_4\n")
  }

  @Test("a row is kept before the next trial begins") func keptBeforeNext() throws {
    let provider = FakeProvider()
    let path = folder.path + "/results.jsonl"
    nonisolated(unsafe) var linesSeen: [Int] = []
    provider.engine.beforePrefill = {
      let text = try String(contentsOfFile: path, encoding: .utf8)
      linesSeen.append(text.count { $0 == "\n" })
    }
    _ = try run(provider: provider)
    #expect(linesSeen == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
  }

  @Test("each trial is given the prompts that it would be given alone, in every call") func promptsAlone() throws {
    let alone = FakeProvider()
    _ = try run(provider: alone, point: 2)
    let other = RunJobTests.prompts(of: .example(batchSizes: [8, 3, 1]), batch: 3)
    #expect(Set(alone.engine.prompts).count == 1)
    #expect(alone.engine.prompts[0] == other)
  }

  private static func prompts(of sweep: Sweep, batch: Int) -> [[Int32]]? {
    let provider = FakeProvider()
    let output = ResultOutput(format: .text, parameterCount: 1, file: nil, standardOutput: MemorySink())
    let runner = SweepRunner(
      sweep: sweep, provider: provider, identity: .example,
      environment: EnvironmentRecord(
        machine: .read(), instructionSet: "fake", threads: ThreadCount(1), hugePages: false),
      output: output, progress: Progress(sink: MemorySink()))
    let entries = sweep.trials.enumerated().map { SweepRunner.Entry(number: $0.offset + 1, trial: $0.element) }
    _ = try? runner.run(entries, kept: [:])
    return provider.engine.prompts.first { $0.count == batch }
  }

  @Test("after an interruption rows are ignored, and what was printed is a whole document") func interruption() throws {
    let sink = MemorySink()
    let file = try ResultsFile(folder: folder.path, keepsRows: false)
    let output = ResultOutput(format: .json, parameterCount: 1, file: file, standardOutput: sink)
    try output.record(RecordedRow(.example()))
    nonisolated(unsafe) var kept: Int?
    try output.finish { kept = $0 }
    try output.record(RecordedRow(.refusedExample()))
    #expect(kept == 1)
    #expect(try JSONParser().parse(sink.text).arrayValue?.count == 1)
    #expect(try rows().count == 1)
  }

  @Test("a row that cannot be kept is printed before the error is thrown") func fullDisk() throws {
    #if os(Linux)
      // A descriptor that was opened for reading stands for a disk that takes nothing.
      let sink = MemorySink()
      let file = try ResultsFile(folder: folder.path, keepsRows: false, flags: O_RDONLY)
      let output = ResultOutput(format: .text, parameterCount: 1, file: file, standardOutput: sink)
      let error = #expect(throws: InputError.self) { try output.record(RecordedRow(.example())) }
      #expect(error?.description.contains("errno") == true)
      #expect(error?.description.contains("results.jsonl") == true)
      #expect(error?.description.contains("the row printed last is not in it") == true)
      #expect(sink.text.hasSuffix("any_1_128_8, 1.234, 6.483, 154.250\n"))
      #expect(output.recordedRows == 0)
    #endif
  }
}
