import Foundation
import Testing
import Transformer

@testable import Harness

@Suite struct TurnGateTests {
  private let output = MemorySink()

  /// A gate whose turns come from a pipe that says `text` and is then closed.
  private func gate(_ text: String) -> TurnGate {
    let pipe = Pipe()
    pipe.fileHandleForWriting.write(Data(text.utf8))
    try? pipe.fileHandleForWriting.close()
    return TurnGate(input: dup(pipe.fileHandleForReading.fileDescriptor), output: output)
  }

  @Test("it says with which trial it waits and hands over what it is told") func turns() throws {
    let gate = gate("measure 1\nmeasure 20\nend\nmeasure 3\n")
    #expect(try gate.next(trial: 1, after: 0) == 1)
    #expect(try gate.next(trial: 1, after: 0.25) == 20)
    #expect(try gate.next(trial: 1, after: 5) == nil)
    #expect(try gate.next(trial: 2, after: 0) == 3)
    #expect(output.text == "turn 1 0.0\nturn 1 0.25\nturn 1 5.0\nturn 2 0.0\n")
  }

  @Test(
    "no turn, and one that makes no sense, is the end",
    arguments: [
      "", "measure", "measure 0\n", "measure -1\n", "measure 99999999999999999999\n", "stop\n", "measure 1 2\n",
    ])
  func lost(text: String) { #expect(throws: TurnGate.Lost.self) { try gate(text).next(trial: 1, after: 0) } }

  @Test("an interrupted turn leaves no row, however many calls it has measured") func noRow() throws {
    let folder = try TemporaryFolder()
    var options = RunOptions(sweepFile: "unused.yaml")
    options.output = folder.path
    let sweep = Sweep.example()
    let file = try ResultsFile(folder: folder.path, keepsRows: false)
    var runner = SweepRunner(
      sweep: sweep, provider: FakeProvider(), identity: .example,
      environment: EnvironmentRecord(
        machine: .read(), instructionSet: "fake", threads: ThreadCount(2), hugePages: true),
      output: ResultOutput(format: .text, parameterCount: 1, file: file, standardOutput: MemorySink()),
      progress: Progress(sink: MemorySink()))
    runner.turns = gate("measure 2\nmeasure 3\nend\nmeasure 1\n")
    #expect(throws: TurnGate.Lost.self) {
      try runner.run(
        sweep.trials.enumerated().map { .init(number: $0.offset + 1, trial: $0.element) }, kept: [:])
    }
    let rows = try folder.text("results.jsonl").split(separator: "\n").map { try JSONParser().parse(String($0)) }
    #expect(rows.count == 1)
    #expect(rows[0]["samples"]?.arrayValue?.count == 5)
    #expect(rows[0]["stopped"]?["cause"]?.stringValue == "turns")
  }
}
