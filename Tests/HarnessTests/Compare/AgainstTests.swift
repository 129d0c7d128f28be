import Foundation
import Testing
import Transformer

@testable import Harness

@Suite struct AgainstTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("a target is an executable, a checkout, a sweep file or a value") func targets() throws {
    try folder.write("#!/bin/sh\n", to: "checkout/.build/release/llm-bench")
    let program = folder.path + "/checkout/.build/release/llm-bench"
    #expect(chmod(program, 0o755) == 0)
    try folder.write(validSweep, to: "other.yaml")
    #expect(try AgainstTarget(program) == .executable(program))
    #expect(try AgainstTarget(folder.path + "/checkout") == .executable(program))
    #expect(try AgainstTarget(folder.path + "/other.yaml") == .sweepFile(folder.path + "/other.yaml"))
    #expect(try AgainstTarget("model_dtype=fp32") == .override("model_dtype=fp32"))
  }

  @Test("what cannot be run is an error with a cure", arguments: ["missing", "", "notes.txt", "empty"])
  func badTargets(name: String) throws {
    try folder.write("x", to: "notes.txt")
    try folder.write("x", to: "empty/file")
    let error = #expect(throws: InputError.self) { try AgainstTarget(name.isEmpty ? "" : folder.path + "/" + name) }
    #expect(error?.cure != nil)
  }

  /// Rounds of a program that writes down its side and makes a row.
  private func job(_ script: String, rounds: Int = 3, resume: Bool = false) throws -> AgainstJob {
    for side in ["a", "b"] {
      try folder.write("#!/bin/sh\necho \(side) >>\(folder.path)/order\n\(script)\n", to: "\(side).sh")
      #expect(chmod("\(folder.path)/\(side).sh", 0o755) == 0)
    }
    var options = RunOptions(sweepFile: "unused.yaml")
    options.against = folder.path + "/a.sh"
    options.output = folder.path + "/out"
    options.rounds = rounds
    options.resume = resume
    return AgainstJob(
      options: options, sweep: .example(), standardOutput: MemorySink(), standardError: MemorySink(),
      executable: folder.path + "/b.sh")
  }

  @Test("the sides take turns, A B B A, each in a folder of its own") func order() throws {
    try folder.write(TrialResult.example().line + "\n", to: "row")
    // The folder follows --output.
    let script = "while [ \"$1\" != --output ]; do shift; done; cp \(folder.path)/row \"$2\"/results.jsonl"
    #expect(try job(script).run() == .done)
    #expect(try folder.text("order").split(separator: "\n").joined() == "abbaab")
    for side in ["a", "b"] {
      for round in 1...3 { _ = try folder.text("out/\(side)/\(ComparedRun.roundName(round))/results.jsonl") }
    }
    // What is there is not overwritten.
    #expect(throws: InputError.self) { try job(script).run() }
  }

  @Test("a child that ends badly is an error with its last words") func failure() throws {
    let error = #expect(throws: InputError.self) { try job("echo alas >&2; exit 2").run() }
    #expect(error?.description.contains("alas") == true)
    #expect(error?.description.contains("ended with 2") == true)
  }

  @Test("a child that ends well without results is an error that says so", arguments: [0, 1])
  func noResults(status: Int) throws {
    let error = #expect(throws: InputError.self) { try job("echo nothing to do >&2; exit \(status)").run() }
    #expect(error?.description.contains("ended with \(status) and wrote no results") == true)
    #expect(error?.description.contains("nothing to do") == true)
  }

  @Test("a child that a signal ended is told by its number") func killed() throws {
    let error = #expect(throws: InputError.self) { try job("kill -9 $$").run() }
    #expect(error?.description.contains("ended with 137") == true)
  }

  @Test("formats and rounds that make no sense are refused") func badOptions() throws {
    for change: (inout RunOptions) -> Void in [
      { $0.format = .csv }, { $0.rounds = 0 }, { $0.rounds = .max }, { $0.failOnSlower = -3 },
      { $0.trace = "x" },
    ] {
      var options = try job("").options
      change(&options)
      #expect(throws: InputError.self) {
        try AgainstJob(
          options: options, sweep: .example(), standardOutput: MemorySink(), standardError: MemorySink()
        ).run()
      }
    }
  }
}
