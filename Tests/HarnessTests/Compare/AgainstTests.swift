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

  /// Rounds of a program that writes down when its side measures.
  ///
  /// - Parameter script: knows the folder for its rows as `$out`.
  private func job(_ script: String, rounds: Int = 3, resume: Bool = false) throws -> AgainstJob {
    for side in ["a", "b"] {
      try folder.writeScript(
        """
        #!/bin/sh
        side=\(side)
        for word; do
          if [ "$previous" = --output ]; then out=$word; fi
          previous=$word
        done
        cd "\(folder.path)"
        \(script)

        """, to: "\(side).sh")
    }
    var options = RunOptions(sweepFile: "unused.yaml")
    options.against = folder.path + "/a.sh"
    options.output = folder.path + "/out"
    options.rounds = rounds
    options.resume = resume
    return AgainstJob(
      options: options, sweep: .example(batchSizes: [1]), standardOutput: MemorySink(), standardError: MemorySink(),
      executable: folder.path + "/b.sh")
  }

  /// Takes turns of half a second, as it says, then copies its row.
  private let taker = """
    echo $side starts >>order
    echo "turn 1 0"
    while read word count; do
      if [ $word = end ]; then break; fi
      echo $side >>order
      echo "turn 1 0.5"
    done
    cp row "$out/results.jsonl"
    """

  private func events() throws -> [String] { try folder.text("order").split(separator: "\n").map(String.init) }

  @Test("both sides stay loaded and take turns, A B B A; the next round B begins") func order() throws {
    try folder.write(TrialResult.example().line + "\n", to: "row")
    #expect(try job(taker, rounds: 2).run() == .done)
    // Four pairs are the first balanced number beyond num_batches.
    #expect(
      try events().joined(separator: " ") == "a starts b starts a b b a a b b a b starts a starts b a a b b a a b")
    for side in ["a", "b"] {
      for round in 1...2 { _ = try folder.text("out/\(side)/\(ComparedRun.roundName(round))/results.jsonl") }
    }
    // What is there is not overwritten.
    #expect(throws: InputError.self) { try job(taker).run() }
  }

  @Test(
    "what does not fit into memory twice is loaded one after the other, and so are other engines",
    arguments: [true, false])
  func apart(forMemory: Bool) throws {
    try folder.write(TrialResult.example().line + "\n", to: "row")
    var job = try job("echo $side >>order; case \"$*\" in *--take-turns*) exit 3;; esac; cp row \"$out/results.jsonl\"")
    if forMemory {
      let side = AgainstSide(
        name: "a", executable: "", sweepFile: "", overrides: [], sweep: job.sweep, folder: folder.path)
      let demand = try side.memoryDemand(upTo: .max, threads: nil)
      job.availableMemory = { AvailableMemory(bytes: 2 * MemoryGuard.reserve + demand * 3 / 2, limit: "a test") }
    } else {
      var sweep = job.sweep
      sweep.engines = [.native, .huggingFace]
      job = AgainstJob(
        options: job.options, sweep: sweep, standardOutput: MemorySink(), standardError: MemorySink(),
        executable: job.executable)
    }
    #expect(try job.run() == .done)
    #expect(try events().joined() == "abbaab")
  }

  @Test("rounds end as soon as the interval is narrow, or the time is up and there is one") func stops() throws {
    try folder.write(TrialResult.example().line + "\n", to: "row")
    #expect(try job(taker, rounds: 30).run() == .done)
    // Both sides copy the same row: eight rounds are the fewest that exclude anything.
    #expect(try events().count { $0 == "a starts" } == 8)
  }

  @Test("time ends the rounds of a comparison that stays open, but not before there are enough for an interval")
  func timeLimit() throws {
    for round in 1...30 {
      var result = TrialResult.example()
      guard case .ok(var samples, let metrics) = result.outcome else { return }
      for index in samples.indices { samples[index].latency *= round % 2 == 0 ? 1.5 : 1 }
      result.outcome = .ok(samples: samples, metrics)
      try folder.write(result.line + "\n", to: "row-\(ComparedRun.roundName(round))")
    }
    try folder.write(TrialResult.example().line + "\n", to: "row-a")
    var job = try job(
      taker.replacingOccurrences(of: "cp row", with: "[ $side = a ] && from=a || from=$(basename $out); cp row-$from"),
      rounds: 30)
    var options = job.options
    options.maximumSeconds = 0
    job = AgainstJob(
      options: options, sweep: job.sweep, standardOutput: MemorySink(), standardError: MemorySink(),
      executable: job.executable)
    #expect(try job.run() == .done)
    #expect(try events().count { $0 == "a starts" } == 8)
  }

  @Test("a trial of which an interrupted round has one side only runs again on both") func unpaired() throws {
    // The sweep's trial, and one that neither side comes to.
    let trial = Trial(name: "any_1_5_4", batchSize: 1, inputLength: 5, outputLength: 4)
    try folder.write(TrialResult.example(trial: trial).line + "\n", to: "row")
    try folder.write(TrialResult.example().line + "\n" + folder.text("row"), to: "out/a/round-001/results.jsonl")
    try folder.write(folder.text("row"), to: "out/a/round-002/results.jsonl")
    try folder.write(folder.text("row"), to: "out/b/round-002/results.jsonl")
    let look = "cp \"$out/results.jsonl\" before-$side-$(basename $out)\n"
    #expect(try job(look + taker, rounds: 2, resume: true).run() == .done)
    #expect(try folder.text("before-a-round-001") == TrialResult.example().line + "\n")
    #expect(try folder.text("before-b-round-001").isEmpty)
    #expect(try folder.text("before-a-round-002") == folder.text("row"))
    #expect(try folder.text("before-b-round-002") == folder.text("row"))
  }

  @Test("two runs do not share a folder") func locked() throws {
    try folder.write("", to: "out/other")
    let descriptor = open(folder.path + "/out", O_RDONLY)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    let error = #expect(throws: InputError.self) { try job(taker).run() }
    #expect(error?.description.contains("another run") == true)
  }

  @Test("a process that an interrupted run left behind is waited for before a side starts") func leftBehind() throws {
    try folder.write(TrialResult.example().line + "\n", to: "row")
    let leaver = "(sleep 0.5; echo left >>order) >/dev/null 2>&1 </dev/null &\n"
    #expect(try job(leaver + taker, rounds: 1).run() == .done)
    let again = try job("echo again >>order\n" + taker, rounds: 1, resume: true)
    #expect(try again.run() == .done)
    let events = try events()
    #expect(events.filter { $0 == "left" }.count == 2)
    #expect(try #require(events.lastIndex(of: "left")) < #require(events.firstIndex(of: "again")))
    #expect((again.standardError as? MemorySink)?.text.contains("waiting for the processes") == true)
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
      { $0.trace = "x" }, { $0.margin = 0 }, { $0.margin = .nan }, { $0.maximumSeconds = -1 },
      { $0.maximumSeconds = .nan },
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
