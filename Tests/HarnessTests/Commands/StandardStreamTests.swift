import Foundation
import Testing

@testable import Harness

/// Standard streams that a shell has closed, filled or tied to a reader that leaves.
@Suite struct StandardStreamTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func shell(_ script: String) throws -> Int32 { try Shell.run(script, in: folder) }

  private func rows() throws -> [RecordedRow] {
    try folder.text("out/results.jsonl").split(separator: "\n").enumerated().map {
      try RecordedRow(line: String($1), file: "results.jsonl", lineNumber: $0 + 1)
    }
  }

  @Test("standard output that takes nothing ends the run with 2 and keeps the row") func fullOutput() throws {
    #if os(Linux)
      #expect(try shell("$bench --format jsonl >/dev/full 2>errors") == 2)
      #expect(try folder.text("errors").contains("standard output: cannot be written: No space left on device"))
      #expect(try rows().count == 1)
    #endif
  }

  @Test("what is meant for a closed standard output never lands in the results") func closedOutput() throws {
    #expect(try shell("$bench --format jsonl >&- 2>errors") == 2)
    #expect(try folder.text("errors").contains("standard output: cannot be written"))
    #expect(try rows().count == 1)
  }

  @Test("a closed standard error costs nothing, and nothing of it lands in the results", arguments: ["", "<&-"])
  func closedErrors(input: String) throws {
    #expect(try shell("$bench 2>&- \(input) >output") == 0)
    #expect(try rows().map(\.number) == [1, 2])
    #expect(try folder.text("output").count { $0 == "\n" } == 5)
  }

  @Test("a reader of standard output that leaves ends the run with 2, the row is kept") func closedPipe() throws {
    // The reader is gone when the first row comes: it has to write the file that the run waits for.
    let script = """
      mkfifo pipe; (exec <pipe) & reader=$!; { while [ ! -e gone ]; do sleep 0.01; done; $bench --format jsonl; echo $? >status; } \
        2>errors >pipe & wait $reader; touch gone; wait
      """
    #expect(try shell(script) == 0)
    #expect(try folder.text("status") == "2\n")
    #expect(try folder.text("errors").contains("Broken pipe"))
    #expect(try rows().count == 1)
  }

  @Test("a reader of standard error that leaves costs nothing") func closedErrorPipe() throws {
    let script = """
      mkfifo pipe; (exec <pipe) & reader=$!; { while [ ! -e gone ]; do sleep 0.01; done; $bench >output; echo $? >status; } \
        2>pipe & wait $reader; touch gone; wait
      """
    #expect(try shell(script) == 0)
    #expect(try folder.text("status") == "0\n")
    #expect(try rows().map(\.number) == [1, 2])
  }

  @Test("a signal ends a run whose output nobody reads") func blockedOutput() throws {
    // More than a pipe takes. The reader holds its end open and never reads.
    let script = """
      mkfifo pipe; sleep 60 <pipe & reader=$!
      { exec $bench batch_sizes=[$(seq -s, 1 300)] --format json; } >pipe 2>errors & run=$!
      rows=0; until [ $rows -gt 0 ] && [ $rows = $(wc -l <out/results.jsonl) ]; do
        sleep 0.5; [ ! -e out/results.jsonl ] || rows=$(wc -l <out/results.jsonl); sleep 0.5
      done; kill -INT $run; wait $run; status=$?; kill $reader; exit $status
      """
    #expect(try shell(script) == 130)
    #expect(try rows().count < 300)
  }

  @Test("a signal ends the other engine's processes too, when nobody reads the output") func blockedOutputOfAnEngine()
    throws
  {
    // The driver is a script that hangs; the pipe is filled once the run has printed its header.
    try folder.writeScript("#!/bin/sh\necho $$ >driver\nsleep 60\n", to: "python")
    let script = """
      mkfifo pipe; sleep 60 <pipe & reader=$!
      export LLM_BENCH_PYTHON_FOUNDRY=./python LLM_BENCH_CACHE=cache
      { exec $bench engine=foundry --format json; } >pipe 2>errors & run=$!
      until [ -s driver ]; do sleep 0.05; done; yes >pipe 2>/dev/null & filler=$!; sleep 0.5
      kill -INT $run; wait $run; status=$?; kill $reader $filler
      # Killed, it lingers until init has waited for it.
      for _ in $(seq 100); do
        grep -q ') [^Z]' /proc/$(cat driver)/stat 2>/dev/null || exit $status; sleep 0.05
      done; exit 99
      """
    #if os(Linux)
      #expect(try shell(script) == 130)
    #endif
  }

  @Test("help that cannot be printed ends with 2") func helpToNobody() throws {
    #expect(try shell("$0 --help >&-") == 2)
  }
}
