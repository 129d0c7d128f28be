import Foundation
import Testing
import Transformer

@testable import Harness

@Suite struct LessonPlanTests {
  @Test("lengths fit the positions of the model", arguments: [32, 64, 100, 512, 1024, 2048, 8192])
  func fits(positions: Int) throws {
    let plan = try LessonPlan(positions: positions, heads: 12)
    let lengths = plan.outputLengths + plan.cacheLengths + [plan.outputLength]
    #expect(lengths.allSatisfy { plan.inputLength + $0 <= positions })
    #expect(plan.contextLengths.allSatisfy { $0 > 0 && $0 + plan.contextOutput <= positions })
    #expect(plan.contextLengths == plan.contextLengths.sorted() && Set(plan.contextLengths).count == 4)
    #expect(plan.outputLengths.count > 1 && plan.cacheLengths.count > 1 && plan.contextOutput > 1)
  }

  @Test("125m gets the lengths that show the slope best") func lengths() throws {
    let plan = try LessonPlan(positions: 2048, heads: 12)
    #expect(plan.outputLengths == [1, 11, 101, 1001])
    #expect(plan.batchSizes == [1, 2, 4, 8, 16, 32, 64])
    #expect(plan.inputLength == 128)
  }

  @Test("grouped heads divide the query heads", arguments: [(12, 3), (16, 4), (4, 1), (2, 1), (7, 1), (32, 8)])
  func heads(query: Int, grouped: Int) throws {
    #expect(try LessonPlan(positions: 64, heads: query).groupedHeads == grouped)
  }

  @Test("a model too short for a lesson is an error") func tooShort() {
    #expect(throws: InputError.self) { try LessonPlan(positions: 31, heads: 2) }
  }
}

@Suite struct LessonJobTests {
  private let folder: TemporaryFolder
  private let errors = MemorySink()

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(
      """
      benchmark_name: tiny
      max_seq_len: 64
      model: {name: mpt_causal_lm, d_model: 32, n_heads: 4, n_layers: 1, expansion_ratio: 4, max_seq_len: 64, vocab_size: 101}
      model_dtype: bf16
      batch_sizes: [1]
      input_lengths: [8]
      output_lengths: [4]
      """, to: "tiny.yaml")
  }

  /// Runs a lesson on an engine that takes no time; returns the engines that were loaded.
  private func run(failing: Set<Int> = [], page: String? = nil, overrides: [String] = []) throws -> (CommandStatus, Int)
  {
    var options = LessonJob.Options()
    options.sweepFile = folder.path + "/tiny.yaml"
    options.output = folder.path + "/out"
    options.page = page
    options.overrides = overrides
    let loads = FakeProvider.Counter()
    let job = LessonJob(options: options, standardError: errors) { _, _ in
      var provider = FakeProvider()
      provider.configuration.headCount = 4
      provider.configuration.keyValueHeadCount = 4
      provider.ceilings = Ceilings(operationsPerSecond: 1e12, bytesPerSecond: 5e10)
      provider.engine.failingBatchSizes = failing
      let engine = provider.engine
      engine.beforePrefill = { loads.value += engine.prompts.isEmpty ? 1 : 0 }
      return provider
    }
    return (try job.run(), loads.value)
  }

  @Test("every experiment is a folder of results, and the page shows them") func whole() throws {
    #expect(try run().0 == .done)
    let experiments = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/out").sorted()
    #expect(
      experiments == [
        "batch", "cache", "context", "context-gqa", "dtype-bf16", "dtype-bf16-2", "dtype-bf16-3", "dtype-fp16",
        "dtype-fp16-2", "dtype-fp16-3", "dtype-fp32", "dtype-fp32-2", "dtype-fp32-3", "lesson.html", "no-cache",
        "output-length", "phases",
      ])
    let page = try folder.text("out/lesson.html")
    try checkFigures(page)
    #expect(errors.text.contains("16 of 16"))
  }

  @Test("a second run measures nothing again") func resumes() throws {
    #expect(try run().1 > 0)
    let before = try folder.text("out/batch/results.jsonl")
    #expect(try run() == (.done, 0))
    #expect(try folder.text("out/batch/results.jsonl") == before)
  }

  @Test("experiments that fail are left out, the page is made all the same, and the status says so") func failing()
    throws
  {
    #expect(try run(failing: [4, 64]).0 == .failed)
    #expect(try folder.text("out/lesson.html").contains("This step has no measurement: the session broke"))
  }

  @Test("another model in the same folder is an error that names the folder's file") func otherModel() throws {
    _ = try run()
    #expect(throws: InputError.self) { try run(overrides: ["model.d_model=64"]) }
    #expect(errors.text.contains("another sweep"))
  }

  @Test("a page that cannot be written is told before anything is measured") func unwritable() throws {
    #expect(throws: InputError.self) { try run(page: folder.path + "/no/such/folder.html") }
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/out/phases"))
  }
}
