import Foundation
import Testing
import Transformer

@testable import Harness

@Suite struct MergeInputTests {
  private let parts: MergeParts

  init() throws { parts = try MergeParts() }

  /// The error of a merge that shall fail before it writes.
  private func fault(_ inputs: String..., change: (inout MergeOptions) -> Void = { _ in }) throws -> String {
    let error = #expect(throws: InputError.self) {
      var options = MergeOptions(inputs: inputs.map(parts.path), output: parts.path("out"))
      change(&options)
      _ = try MergeJob(options: options, standardOutput: MemorySink(), standardError: MemorySink()).run()
    }
    #expect(!FileManager.default.fileExists(atPath: parts.path("out")))
    #expect(error?.cure != nil)
    return error?.description ?? ""
  }

  @Test("a torn last line is an error with its place", arguments: [1, 40, 400]) func torn(length: Int) throws {
    try parts.folder.write(parts.row(1).line + "\n" + parts.row(2).line.prefix(length), to: "a/results.jsonl")
    #expect(try fault("a").contains("a/results.jsonl:2: is torn"))
  }

  @Test(
    "what is no row is an error with its place",
    arguments: [
      "", "   ", "\0\0\0", "{}", "[1]", "nonsense", "{\"name\": \"x\"}", "1,2,3",
      "{\"name\": \"any_1_128_8\", \"trial\": 1}",
    ])
  func noRow(line: String) throws {
    try parts.folder.write(parts.row(1).line + "\n" + line + "\n" + parts.row(2).line + "\n", to: "a/results.jsonl")
    #expect(try fault("a").contains("a/results.jsonl:2"))
  }

  @Test("bytes that are no text are an error with their place") func notText() throws {
    try parts.write(parts.row(1), to: "a")
    let path = parts.path("a/results.jsonl")
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes.append(contentsOf: [0xFF, 0xFE, 0x0A])
    try bytes.write(to: URL(fileURLWithPath: path))
    #expect(try fault("a").contains("a/results.jsonl:2: is not UTF-8"))
  }

  @Test("sizes below 1 are no trial") func sizes() throws {
    try parts.write(parts.row(1) { $0.trial.batchSize = 0 }, to: "a")
    #expect(try fault("a").contains("a/results.jsonl:1"))
  }

  @Test(
    "a grid that is none, or of more trials than memory should hold, is an error",
    arguments: [
      "5", "{}", "{\"batch_sizes\":[],\"input_lengths\":[1],\"output_lengths\":[1]}",
      "{\"batch_sizes\":[1.5],\"input_lengths\":[1],\"output_lengths\":[1]}", "huge",
    ])
  func badGrid(text: String) throws {
    let list = "[" + Array(repeating: "1", count: 5000).joined(separator: ",") + "]"
    let grid = text == "huge" ? "{\"batch_sizes\":\(list),\"input_lengths\":\(list),\"output_lengths\":\(list)}" : text
    let line = parts.row(1) { $0.grid = nil }.line.replacingOccurrences(of: "\"grid\":null", with: "\"grid\":\(grid)")
    try parts.folder.write(line + "\n", to: "a/results.jsonl")
    #expect(try fault("a").contains("a/results.jsonl:1: grid"))
  }

  @Test("a row that is no trial of its own grid is an error") func outsideTheGrid() throws {
    try parts.write(parts.row(1), to: "a")
    try parts.write(
      parts.row(2) { $0.trial = Trial(name: "any_9_9_9", batchSize: 9, inputLength: 9, outputLength: 9) }, to: "b")
    #expect(try fault("a", "b").contains("b/results.jsonl:1: name: any_9_9_9 is no trial"))
  }

  @Test("folders that do not exist, or hold no results, are errors") func nothing() throws {
    try parts.folder.write("x", to: "a/notes.txt")
    #expect(try fault("missing").contains("missing: cannot be read"))
    #expect(try fault("a").contains("holds no results.jsonl"))
  }

  @Test("results without a single row are an error") func noRows() throws {
    try parts.write(to: "a")
    #expect(try fault("a").contains("no row of results in 1 file"))
  }

  @Test("results are never overwritten") func existing() throws {
    try parts.write(parts.row(1), to: "a")
    for output in ["a", "."] {
      let error = #expect(throws: InputError.self) { try parts.merge("a", output: output) }
      #expect(error?.problem == "already holds results")
    }
    #expect(try parts.folder.text("a/results.jsonl") == parts.row(1).line + "\n")
  }

  @Test("a file that a run is writing is refused") func running() throws {
    let file = try ResultsFile(folder: parts.path("a"), keepsRows: true)
    try file.append(parts.row(1).line)
    #expect(try fault("a").contains("is being written by a run"))
    withExtendedLifetime(file) {}
  }

  @Test("a link that leads back to its own folder ends the search") func loop() throws {
    try parts.write(parts.row(1), to: "a/1")
    try FileManager.default.createSymbolicLink(atPath: parts.path("a/1/again"), withDestinationPath: "..")
    #expect(try parts.merge("a").errors.contains("1 of 4 trials"))
  }

  @Test("a longer grid counts when it has all trials of the shorter ones") func grown() throws {
    var short = MergeParts.grid
    short.batchSizes = [1]
    try parts.write(parts.row(1) { $0.grid = short }, to: "a")
    try parts.write(parts.row(4), to: "b")
    #expect(try parts.merge("a", "b").errors.contains("2 of 4 trials"))
  }

  @Test("grids of which none has all trials need the sweep file") func disjoint() throws {
    for (name, batch) in [("a", 1), ("b", 2)] {
      var grid = MergeParts.grid
      grid.batchSizes = [batch]
      try parts.write(parts.row(batch == 1 ? 1 : 3) { $0.grid = grid }, to: name)
    }
    let text = try fault("a", "b")
    #expect(text.contains("grid: has trials that the grid of"))
    #expect(text.contains("--config"))
  }

  @Test("rows without a grid are merged, and it is said that gaps cannot be known") func noGrid() throws {
    try parts.write(parts.row(2) { $0.grid = nil }, to: "a")
    let merged = try parts.merge("a")
    #expect(merged.status == .done)
    #expect(merged.errors.contains("nobody can tell what is missing"))
  }

  @Test("a sweep file replaces the grid of the rows and must be the one they were measured with") func sweepFile()
    throws
  {
    let text = """
      benchmark_name: any
      max_seq_len: 256
      model: {name: mpt_causal_lm, d_model: 32, n_heads: 2, n_layers: 1, expansion_ratio: 4, max_seq_len: 256, vocab_size: 97}
      model_dtype: fp32
      batch_sizes: [1, 2]
      input_lengths: [128]
      output_lengths: [8, 16]
      num_batches: 2
      num_warmup_batches: 1
      """
    try parts.folder.write(text, to: "sweep.yaml")
    let fingerprint = try SweepFile.load(path: parts.path("sweep.yaml")).fingerprint
    try parts.write(
      parts.row(1) {
        $0.identity.fingerprint = fingerprint; $0.grid = nil
      }, to: "a")
    func useSweep(_ options: inout MergeOptions) { options.sweepFile = parts.path("sweep.yaml") }
    #expect(try parts.merge("a", change: useSweep).errors.contains("1 of 4 trials"))
    #expect(
      try parts.merge("a", output: "longer") {
        useSweep(&$0)
        $0.overrides = ["batch_sizes=[1,2,4]"]
      }.errors.contains("1 of 6 trials"))
    let other = #expect(throws: InputError.self) {
      try parts.merge("a", output: "other") {
        useSweep(&$0)
        $0.overrides = ["seed=9"]
      }
    }
    #expect(other?.path == ["fingerprint"])
    let outside = #expect(throws: InputError.self) {
      try parts.merge("a", output: "outside") {
        useSweep(&$0)
        $0.overrides = ["batch_sizes=[2]"]
      }
    }
    #expect(outside?.problem.contains("is no trial of") == true)
  }

  @Test("an override without a sweep file is an error") func overrideAlone() throws {
    try parts.write(parts.row(1), to: "a")
    #expect(try fault("a") { $0.overrides = ["seed=1"] }.contains("--config"))
  }
}
