import Foundation
import Testing
import Transformer

@testable import Harness

@Suite struct InterleavedTests {
  private let folder: TemporaryFolder
  private let standardError = MemorySink()

  init() throws { folder = try TemporaryFolder() }

  private func run(_ provider: FakeProvider, resume: Bool = false, seed: UInt64 = 7) throws -> CommandStatus {
    var sweep = Sweep.example(batchSizes: [1, 2, 3])
    sweep.order = .interleaved
    sweep.seed = seed
    var options = RunOptions(sweepFile: "unused.yaml")
    options.output = folder.path
    options.resume = resume
    let job = RunJob(options: options, standardOutput: MemorySink(), standardError: standardError)
    return try job.run(sweep, job.selection(sweep), provider)
  }

  private func rows() throws -> [ConfigurationValue] {
    try folder.text("results.jsonl").split(separator: "\n").map { try JSONParser().parse(String($0)) }
  }

  private func visits(_ provider: FakeProvider) -> [Int] {
    provider.engine.calls.compactMap { if case .open(let batch, _) = $0 { batch } else { nil } }
  }

  @Test("each round visits every trial once, in orders that change and that the seed decides") func rounds() throws {
    let provider = FakeProvider()
    #expect(try run(provider) == .done)
    let visits = visits(provider)
    #expect(visits.count == 9)
    for round in 0..<3 { #expect(visits[3 * round..<3 * round + 3].sorted() == [1, 2, 3]) }
    #expect(try rows().compactMap { $0["samples"]?.arrayValue?.count } == [3, 3, 3])
    #expect(try rows().compactMap { $0["trial"]?.integerValue }.sorted() == [1, 2, 3])
    // The first visit warms up as the sweep says, later ones once: their cache is new.
    #expect(provider.engine.calls.count { $0 == .prefill([5]) } == (2 + 1) + (1 + 1) + (1 + 1))
    #expect(try rows().allSatisfy { $0["warmup_latency_s"]?.arrayValue?.count == 2 })
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/samples.jsonl"))

    let orders = try (0..<4).map { seed in
      try FileManager.default.removeItem(atPath: folder.path + "/results.jsonl")
      let other = FakeProvider()
      _ = try run(other, seed: UInt64(seed))
      return self.visits(other)
    }
    #expect(Set(orders).count > 1)
  }

  @Test("an interrupted sweep takes no sample twice and writes each row once") func resume() throws {
    struct Stop: Error {}
    // The journal of a sweep that was killed after five visits, its last line torn.
    let first = FakeProvider()
    #expect(try run(first) == .done)
    let complete = try rows()
    let identity = try #require(try? RecordedRow(line: JSONWriter().text(complete[0]), file: "x", lineNumber: 1))
      .identity
    try FileManager.default.removeItem(atPath: folder.path + "/results.jsonl")
    let journal = try SampleJournal(folder: folder.path, identity: identity, keepsSamples: false)
    let sample = Sample(latency: 100, prefill: 40, tokens: [20, 20, 20])
    let entries = [1, 2, 3].map {
      SweepRunner.Entry(
        number: $0, trial: Trial(name: "any_\($0)_5_4", batchSize: $0, inputLength: 5, outputLength: 4))
    }
    for number in [0, 1, 2, 0, 1] { try journal.append(sample, of: entries[number]) }
    try folder.write(try folder.text("samples.jsonl") + "{\"identity\":\"", to: "samples.jsonl")
    try folder.write("", to: "results.jsonl")

    let provider = FakeProvider()
    #expect(try run(provider, resume: true) == .done)
    #expect(visits(provider).sorted() == [1, 2, 3, 3])
    let rows = try rows()
    #expect(rows.compactMap { $0["trial"]?.integerValue }.sorted() == [1, 2, 3])
    #expect(rows.allSatisfy { $0["samples"]?.arrayValue?.count == 3 })
    let old = rows.flatMap { $0["samples"]?.arrayValue ?? [] }.count { $0["latency_s"]?.doubleValue == 100 }
    #expect(old == 5)
  }

  @Test("samples of an interrupted sweep, or of another machine or sweep, are refused and not lost")
  func otherSamples() throws {
    var other = RunIdentity.example
    let entry = SweepRunner.Entry(number: 1, trial: Trial(name: "a", batchSize: 1, inputLength: 1, outputLength: 1))
    try SampleJournal(folder: folder.path, identity: other, keepsSamples: false)
      .append(Sample(latency: 1, prefill: 1, tokens: []), of: entry)
    let text = try folder.text("samples.jsonl")
    let journal = try SampleJournal(folder: folder.path, identity: other, keepsSamples: true)
    #expect(journal.samples.count == 1)
    let again = #expect(throws: InputError.self) {
      try SampleJournal(folder: folder.path, identity: other, keepsSamples: false)
    }
    #expect(again?.cure?.contains("--resume") == true)
    other.threads += 1
    let foreign = #expect(throws: InputError.self) {
      try SampleJournal(folder: folder.path, identity: other, keepsSamples: true)
    }
    #expect(foreign?.problem.contains("another sweep") == true)
    #expect(try folder.text("samples.jsonl") == text)
    // Trial 1 has no row yet.
    journal.remove(recorded: [2, 3])
    #expect(try folder.text("samples.jsonl") == text)
    journal.remove(recorded: [1, 2])
    #expect(throws: (any Error).self) { try folder.text("samples.jsonl") }
  }

  @Test("times that nobody has measured are no sample", arguments: [0, -1, 1e308, 1e-300, .infinity, .nan])
  func impossibleTimes(seconds: Double) {
    func sample(_ latency: Double, _ prefill: Double, _ token: Double) -> Sample? {
      Sample(json: Sample(latency: latency, prefill: prefill, tokens: [token]).json)
    }
    #expect(sample(1, 0.5, 0.5) != nil)
    #expect(sample(seconds, 0.5, 0.5) == nil)
    #expect(sample(1, seconds, 0.5) == nil)
    // A clock may stand still between two tokens.
    #expect((sample(1, 0.5, seconds) != nil) == (0...1e9).contains(seconds))
  }

  @Test("a journal that is no file is an error") func notAFile() throws {
    try folder.write("x", to: "samples.jsonl/inside")
    #expect(throws: InputError.self) {
      try SampleJournal(folder: folder.path, identity: .example, keepsSamples: true)
    }
  }

  @Test("a file of that name that no sweep has written is an error that changes nothing", arguments: [true, false])
  func foreign(keepsSamples: Bool) throws {
    for text in ["precious", "{\"my\":\"data\"}\n"] {
      try folder.write(text, to: "samples.jsonl")
      let error = #expect(throws: InputError.self) {
        try SampleJournal(folder: folder.path, identity: .example, keepsSamples: keepsSamples)
      }
      #expect(error?.description.contains("samples.jsonl") == true)
      #expect(try folder.text("samples.jsonl") == text)
    }
  }

  @Test("a trial that fails is a row, and the others go on") func failure() throws {
    let provider = FakeProvider()
    provider.engine.failingBatchSizes = [2]
    #expect(try run(provider) == .failed)
    #expect(try rows().count { $0["status"]?.stringValue == "ok" } == 2)
    #expect(try rows().count { $0["status"]?.stringValue == "failed" } == 1)
  }
}
