import Foundation
import Testing
import Transformer

@testable import Harness

@Suite struct MergeJobTests {
  private let parts: MergeParts

  init() throws { parts = try MergeParts() }

  @Test("parts of all trials become one results file in the order of the list") func complete() throws {
    for number in [3, 1, 4, 2] { try parts.write(parts.row(number), to: "parts/\(number)") }
    let merged = try parts.merge("parts")
    #expect(merged.status == .done)
    #expect(merged.output == parts.path("out") + "\n")
    #expect(merged.errors == "Machine, 2 processors: 4 of 4 trials: \(parts.path("out"))/results.jsonl\n")
    #expect(try parts.rows().map(\.trial.name) == MergeParts.names)
    #expect(try parts.rows()[2].line == parts.row(3).line)
  }

  @Test("a merged file can be resumed: its trials need no measuring again") func resumable() throws {
    for number in 1...4 { try parts.write(parts.row(number), to: "parts/\(number)") }
    _ = try parts.merge("parts")
    let kept = try Resumption.measured(
      parts.rows(), file: "", trials: MergeParts.grid.trials(benchmarkName: "any"), identity: .example)
    #expect(kept.count == 4)
  }

  @Test("missing trials are named, also as ranges, and the status says so") func gaps() throws {
    try parts.write(parts.row(2), to: "parts/2")
    let merged = try parts.merge("parts")
    #expect(merged.status == .failed)
    #expect(merged.errors.contains("1 of 4 trials"))
    for name in ["1 any_1_128_8", "3 any_2_128_8", "4 any_2_128_16"] {
      #expect(merged.errors.contains("missing: \(name)\n"))
    }
    #expect(merged.errors.contains("list: 1,3-4\n"))
    #expect(try parts.rows().count == 1)
  }

  @Test("a trial that was measured twice keeps the first row, and both are named with their places")
  func duplicates() throws {
    for number in 1...4 { try parts.write(parts.row(number, seconds: 2), to: "parts/\(number)") }
    try parts.write(parts.row(3, seconds: 1.5), to: "parts/10")
    let merged = try parts.merge("parts")
    #expect(merged.status == .done)
    #expect(
      merged.errors.contains(
        "duplicate: 3 any_2_128_8: kept \(parts.path("parts/3/results.jsonl")):1 (2.000 s),"
          + " left out \(parts.path("parts/10/results.jsonl")):1 (1.500 s)"))
    #expect(try parts.rows().map(\.latency) == [2, 2, 2, 2])
  }

  @Test("the order of the folders decides which duplicate is kept") func order() throws {
    try parts.write(parts.row(1, seconds: 2), to: "a")
    try parts.write(parts.row(1, seconds: 3), to: "b")
    _ = try parts.merge("b", "a")
    #expect(try parts.rows().map(\.latency) == [3])
  }

  @Test("the same file named twice, or a copy of it, is no duplicate") func copies() throws {
    try parts.write(parts.row(1), parts.row(2), parts.row(3), parts.row(4), to: "parts/a")
    try parts.write(parts.row(1), to: "copy")
    let merged = try parts.merge("parts", "parts/a", "parts/a/results.jsonl", "copy")
    #expect(merged.status == .done)
    #expect(!merged.errors.contains("duplicate"))
    #expect(merged.errors.contains("copies of a row left out: 1\n"))
  }

  @Test("a measurement replaces the failed attempts before and after it") func superseded() throws {
    try parts.write(parts.row(1, status: "failed"), parts.row(1), parts.row(1, status: "out_of_memory"), to: "a")
    let merged = try parts.merge("a")
    #expect(merged.errors.contains("another attempt is kept: 2\n"))
    #expect(try parts.rows().map(\.status) == ["ok"])
  }

  @Test("a trial that was never measured keeps its last row, which is named, and is no gap") func unmeasured() throws {
    for number in 1...3 { try parts.write(parts.row(number), to: "parts/\(number)") }
    try parts.write(parts.row(4, status: "failed"), parts.row(4, status: "out_of_memory"), to: "parts/4")
    let merged = try parts.merge("parts")
    #expect(merged.status == .failed)
    #expect(merged.errors.contains("4 of 4 trials, 1 not measured"))
    #expect(merged.errors.contains("not measured: 4 any_2_128_16, out_of_memory: "))
    #expect(!merged.errors.contains("missing"))
    #expect(try parts.rows().map(\.status) == ["ok", "ok", "ok", "out_of_memory"])
  }

  @Test("a part without rows is named and counts as missing") func empty() throws {
    try parts.write(parts.row(1), to: "parts/1")
    try parts.write(to: "parts/2")
    let merged = try parts.merge("parts")
    #expect(merged.errors.contains("parts/2/results.jsonl: has no rows"))
    #expect(merged.errors.contains("missing: 2 "))
  }

  @Test("a trial that the list names twice has two rows") func twiceInTheList() throws {
    var grid = MergeParts.grid
    grid.batchSizes = [1, 1]
    let rows = [1, 1, 2, 1].enumerated().map { index, number in
      parts.row(number, seconds: Double(index + 1)) { $0.grid = grid }
    }
    for (index, row) in rows.enumerated() { try parts.write(row, to: "parts/\(index)") }
    let merged = try parts.merge("parts")
    #expect(merged.errors.contains("3 of 4 trials"))
    #expect(merged.errors.contains("missing: 4 any_1_128_16\n"))
    #expect(merged.errors.contains("duplicate: 1 any_1_128_8"))
    #expect(try parts.rows().map(\.latency) == [1, 3, 2])
  }

  @Test("rows of two engines are no duplicates, and each engine has its own gaps") func engines() throws {
    try parts.write(parts.row(1), parts.row(2), parts.row(3), parts.row(4), to: "ours")
    func peer(_ number: Int, _ status: String) -> TrialResult {
      parts.row(number, status: status) {
        $0.engine = EngineRecord(.llamacpp)
        $0.identity.instructionSet = "llamacpp"
        if status == "failed" { $0.outcome = .refused("cannot express it") }
      }
    }
    try parts.write(peer(1, "ok"), peer(3, "failed"), peer(4, "failed"), to: "theirs")
    let merged = try parts.merge("ours", "theirs")
    #expect(merged.status == .failed)
    #expect(!merged.errors.contains("duplicate"))
    #expect(merged.errors.contains("7 of 8 trials, 2 not measured"))
    #expect(merged.errors.contains("missing: 2 llamacpp:any_1_128_16\n"))
    #expect(try parts.rows().map(\.displayName).prefix(3) == ["any_1_128_8", "llamacpp:any_1_128_8", "any_1_128_16"])
    try parts.write(peer(2, "failed"), to: "more")
    #expect(try parts.merge("ours", "theirs", "more", output: "all").status == .done)
  }

  @Test("conditions that differ between rows of one machine are warned of") func conditions() throws {
    for number in 1...4 {
      try parts.write(
        parts.row(number) { row in
          row.environment = .object([.init(key: "kernel", value: .string(number == 3 ? "6.5" : "6.1"))])
          row.ceilings = Ceilings(
            operationsPerSecond: 1e12, fp32OperationsPerSecond: 5e11, bytesPerSecond: number == 2 ? 2e10 : 4e10)
        }, to: "parts/\(number)")
    }
    let errors = try parts.merge("parts").errors
    #expect(errors.contains("warning: kernel differs: 6.1 (3 rows), 6.5 (1 row)\n"))
    #expect(errors.contains("warning: ceilings of 20.0 (any_1_128_16) to 40.0 GB/s (any_1_128_8)"))
    #expect(!errors.contains("GFLOP/s"))
  }

  @Test("all machines are written though nobody reads what is said") func noReader() throws {
    for number in 1...2 {
      try parts.write(parts.row(number) { $0.identity.machine = "machine \(number)" }, to: "parts/\(number)")
    }
    let job = MergeJob(
      options: MergeOptions(inputs: [parts.path("parts")], output: parts.path("out")), standardOutput: BrokenSink(),
      standardError: BrokenSink())
    #expect(throws: InputError.self) { try job.run() }
    for number in 1...2 { #expect(try parts.rows("out/machine_\(number)").count == 1) }
  }

  @Test("numbers become ranges as job arrays want them") func ranges() {
    #expect(MergeJob.ranges([]) == "")
    #expect(MergeJob.ranges([5]) == "5")
    #expect(MergeJob.ranges([1, 2, 4, 6, 7, 8]) == "1-2,4,6-8")
  }
}
