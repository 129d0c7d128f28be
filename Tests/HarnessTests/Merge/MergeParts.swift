import Transformer

@testable import Harness

/// A folder with the parts of a sweep of 2 × 1 × 2 trials, and what merging them says.
struct MergeParts {
  static let grid = SweepGrid(batchSizes: [1, 2], inputLengths: [128], outputLengths: [8, 16])
  static let names = ["any_1_128_8", "any_1_128_16", "any_2_128_8", "any_2_128_16"]

  let folder: TemporaryFolder
  /// The sweep that rows say they are of; `nil` leaves it out.
  var grid: SweepGrid? = MergeParts.grid

  init() throws { folder = try TemporaryFolder() }

  struct Merged {
    var status: CommandStatus
    var output: String
    var errors: String
  }

  /// A row of the trial with a number from 1.
  func row(_ number: Int, status: String = "ok", seconds: Double = 1, change: (inout TrialResult) -> Void = { _ in })
    -> TrialResult
  {
    let trial = Self.grid.trials(benchmarkName: "any")[number - 1]
    var result = TrialResult.example(number: number, trial: trial)
    result.grid = grid
    if case .ok(let samples, var metrics) = result.outcome {
      metrics.latency.mean = seconds
      result.outcome = .ok(samples: samples, metrics)
    }
    if status == "failed" { result.outcome = .failed("it broke") }
    if status == "out_of_memory" { result.outcome = .outOfMemory("too large") }
    change(&result)
    return result
  }

  func write(_ rows: TrialResult..., to part: String) throws {
    try folder.write(rows.map { $0.line + "\n" }.joined(), to: part + "/results.jsonl")
  }

  func merge(
    _ inputs: String..., output: String = "out", change: (inout MergeOptions) -> Void = { _ in }
  ) throws -> Merged {
    var options = MergeOptions(inputs: inputs.map(path), output: path(output))
    change(&options)
    let standardOutput = MemorySink()
    let standardError = MemorySink()
    let status = try MergeJob(options: options, standardOutput: standardOutput, standardError: standardError).run()
    return Merged(status: status, output: standardOutput.text, errors: standardError.text)
  }

  func path(_ name: String) -> String { folder.path + "/" + name }

  /// The rows of a merged folder.
  func rows(_ folder: String = "out") throws -> [RecordedRow] {
    try ResultsFile(folder: path(folder), keepsRows: true).rows
  }
}

/// A stream that nobody reads.
struct BrokenSink: TextSink {
  var isTerminal: Bool { false }
  var columns: Int { 80 }

  func write(_ text: String) throws {
    throw InputError(problem: "standard output cannot be written", cure: nil)
  }
}
