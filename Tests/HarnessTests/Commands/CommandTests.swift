import Foundation
import Testing
import Transformer

@testable import Harness

/// The executable as a shell sees it.
@Suite struct CommandTests {
  private struct Ended {
    var status: Int32
    var output: String
    var errors: String
  }

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  static let executable: URL = {
    // The tests run from a bundle beside the executable.
    let here = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    return here.deletingLastPathComponent().appendingPathComponent("llm-bench")
  }()

  static let sweep = """
    benchmark_name: tiny
    max_seq_len: 64
    model:
      name: mpt_causal_lm
      d_model: 32
      n_heads: 2
      n_layers: 1
      expansion_ratio: 4
      max_seq_len: 64
      vocab_size: 97
    model_dtype: fp32
    batch_sizes: [1, 2]
    input_lengths: [6]
    output_lengths: [3]
    num_batches: 2
    num_warmup_batches: 1
    """

  private func start(_ arguments: [String]) throws -> (Process, FileHandle, FileHandle) {
    try folder.write(Self.sweep, to: "tiny.yaml")
    let process = Process()
    process.executableURL = Self.executable
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    try folder.write("", to: "stdout")
    try folder.write("", to: "stderr")
    let output = try #require(FileHandle(forWritingAtPath: folder.path + "/stdout"))
    let errors = try #require(FileHandle(forWritingAtPath: folder.path + "/stderr"))
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return (process, output, errors)
  }

  private func end(_ process: Process) throws -> Ended {
    process.waitUntilExit()
    return Ended(
      status: process.terminationStatus, output: try folder.text("stdout"), errors: try folder.text("stderr"))
  }

  private func run(_ arguments: String...) throws -> Ended { try end(start(arguments).0) }

  @Test("a sweep ends with 0 and prints the original's lines and nothing else") func sweep() throws {
    let ended = try run("run", "tiny.yaml", "--output", "out", "--threads", "1")
    #expect(ended.status == 0, "\(ended.errors)")
    let lines = ended.output.split(separator: "\n", omittingEmptySubsequences: false)
    // Embedding 97 · 32, positions 64 · 32, a block with biases and two norms, the last norm.
    let block = 4 * 32 * 32 + 4 * 32 + 2 * 32 * 128 + 128 + 32 + 4 * 32
    #expect(lines[0] == "n_params is:  \(97 * 32 + 64 * 32 + block + 2 * 32)")
    #expect(lines[1] == "name, latency (s), throughput (tokens/s), latency_per_sequence_output_token (ms)")
    #expect(lines[2] == String(repeating: "=", count: 75)[...])
    #expect(lines[3].wholeMatch(of: /tiny_1_6_3, \d+\.\d{3}, \d+\.\d{3}, \d+\.\d{3}/) != nil)
    #expect(lines[4].wholeMatch(of: /tiny_2_6_3, \d+\.\d{3}, \d+\.\d{3}, \d+\.\d{3}/) != nil)
    #expect(lines[5...] == [""])
    #expect(try folder.text("out/results.jsonl").count { $0 == "\n" } == 2)
  }

  @Test("--list prints the trials and measures nothing") func list() throws {
    let ended = try run("run", "tiny.yaml", "--list", "batch_sizes=[4]")
    #expect(ended.status == 0)
    #expect(ended.output == "1 tiny_4_6_3\n")
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/results"))
  }

  @Test("without --output results go to a folder of the benchmark's name, which --resume finds") func defaults() throws
  {
    #expect(try run("run", "tiny.yaml", "--threads", "1").status == 0)
    let runs = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/results/tiny")
    #expect(runs.count == 1)
    let resumed = try run("run", "tiny.yaml", "--threads", "1", "--resume")
    #expect(resumed.status == 0)
    #expect(resumed.errors.contains("2 kept"))
  }

  @Test(
    "bad usage ends with 2 and says why on standard error",
    arguments: [
      ["run"], ["run", "missing.yaml"], ["run", "tiny.yaml", "--threads", "0"], ["run", "tiny.yaml", "--threads", "x"],
      ["run", "tiny.yaml", "--format", "xml"], ["run", "tiny.yaml", "--point", "3"], ["run", "tiny.yaml", "--bogus"],
      ["run", "tiny.yaml", "d_model"], ["run", "tiny.yaml", "bogus_key=1"], ["run", "tiny.yaml", "--resume"],
      ["run", "tiny.yaml", "--output", "tiny.yaml/x"], ["run", "tiny.yaml", "--output", ""], ["bogus"],
      ["run", "tiny.yaml", "prompts=words.txt", "--output", "out"], ["generate", "--checkpoint", "."],
      ["generate", "--checkpoint", "missing", "--tokens", "1", "--max-new-tokens", "1"],
      ["generate", "--checkpoint", ".", "--prompt", "hello", "--max-new-tokens", "1"],
      ["generate", "--checkpoint", ".", "--tokens", "1", "--max-new-tokens", "1", "--dtype", "fp7"],
      ["compare", "missing", "."], ["compare", "."], ["compare", ".", ".", "--fail-on-slower", "x"],
      ["compare", ".", ".", "--format", "csv"], ["run", "tiny.yaml", "--fail-on-slower", "5"],
      ["run", "tiny.yaml", "--against", "missing"], ["run", "tiny.yaml", "--against", "bogus_key=1"],
      ["run", "tiny.yaml", "--against", "num_batches=1", "--rounds", "0"],
      ["run", "tiny.yaml", "--against", "num_batches=1", "--format", "csv"],
      ["run", "tiny.yaml", "--rounds", "3"], ["export", "tiny.yaml"], ["export", "tiny.yaml", "tiny.yaml/x"],
      ["export", "tiny.yaml", ""],
    ])
  func badUsage(arguments: [String]) throws {
    let ended = try end(start(arguments).0)
    #expect(ended.status == 2, "\(ended.errors)")
    #expect(!ended.errors.isEmpty)
    #expect(ended.output.isEmpty)
  }

  @Test(
    "a negative number is a bad value of its option, not an option",
    arguments: [
      ["run", "tiny.yaml", "--threads", "-1"], ["run", "tiny.yaml", "--point", "-1"],
      ["generate", "--checkpoint", ".", "--tokens", "1", "--max-new-tokens", "-1"],
      ["generate", "--checkpoint", ".", "--tokens", "1", "--max-new-tokens", "1", "--temperature", "-1"],
    ])
  func negativeValues(arguments: [String]) throws {
    let model = try run("export", "tiny.yaml", ".")
    #expect(model.status == 0, "\(model.errors)")
    let ended = try end(start(arguments).0)
    #expect(ended.status == 2)
    #expect(ended.errors.contains("is -1"), "\(ended.errors)")
  }

  @Test("a checkpoint may stand beside the section that describes it, and beside no other") func checkpoint() throws {
    let model = try run("export", "tiny.yaml", "model")
    #expect(model.status == 0, "\(model.errors)")
    let common = ["run", "tiny.yaml", "checkpoint=model", "--threads", "1", "--no-roofline"]
    let same = try end(start(common + ["--output", "same"]).0)
    #expect(same.status == 0, "\(same.errors)")
    let other = try end(start(common + ["model.n_layers=2", "model.attn_config.alibi=true", "--output", "other"]).0)
    #expect(other.status == 2)
    #expect(other.errors.contains("n_layers (1, not 2)"), "\(other.errors)")
    #expect(other.errors.contains("attn_config.alibi (false, not true)"), "\(other.errors)")
    let none = try end(start(common + ["model=null", "--output", "none"]).0)
    #expect(none.status == 0, "\(none.errors)")
    let long = try end(start(common + ["model=null", "max_seq_len=99", "input_lengths=[90]", "--output", "long"]).0)
    #expect(long.status == 2)
    #expect(long.errors.contains("= 93, more than the model's learned positions (64)"), "\(long.errors)")
  }

  @Test("each phase runs on its own number of threads, and a row says so") func phaseThreads() throws {
    let ended = try run(
      "run", "tiny.yaml", "batch_sizes=[1]", "prefill_threads=2", "decode_threads=1", "--threads", "3", "--output",
      "out", "--format", "jsonl", "--no-roofline")
    #expect(ended.status == 0, "\(ended.errors)")
    let row = try JSONParser().parse(String(ended.output.dropLast()))
    #expect(row["threads"]?.integerValue == 2)
    #expect(row["environment"]?["prefill_threads"]?.integerValue == 2)
    #expect(row["environment"]?["decode_threads"]?.integerValue == 1)
    #expect(ended.errors.contains("2 prefill and 1 decode thread,"))
  }

  @Test("a run against another value takes turns with it and says what differs") func against() throws {
    let ended = try run(
      "run", "tiny.yaml", "--against", "num_batches=3", "--rounds", "2", "--threads", "1", "--point", "1", "--output",
      "out", "--format", "json")
    #expect(ended.status == 0, "\(ended.errors)")
    let comparison = try JSONParser().parse(ended.output)
    #expect(comparison["paired"] == .bool(true))
    #expect(comparison["trials"]?.arrayValue?.count == 1)
    #expect(comparison["trials"]?.arrayValue?[0]["verdict"]?.stringValue == "UNDECIDED")
    #expect(comparison["differences"]?.arrayValue?.map { $0["field"]?.stringValue } == ["fingerprint"])
    let again = try run("compare", "out/a", "out/b", "--format", "json")
    #expect(again.output == ended.output)
  }

  @Test("help ends with 0 and stands on standard output", arguments: ["run", "generate", "export", "compare"])
  func help(command: String) throws {
    let ended = try run(command, "--help")
    #expect(ended.status == 0)
    #expect(ended.output.contains("USAGE"))
    #expect(ended.errors.isEmpty)
  }

  @Test("a trial that no memory can hold ends the run with 1, and the others are measured") func outOfMemory() throws {
    let ended = try run(
      "run", "tiny.yaml", "batch_sizes=[200000000,1]", "--output", "out", "--threads", "1", "--format", "jsonl")
    #expect(ended.status == 1, "\(ended.errors)")
    let statuses = try ended.output.split(separator: "\n").map {
      try JSONParser().parse(String($0))["status"]?.stringValue
    }
    #expect(statuses == ["out_of_memory", "ok"])
    #expect(ended.errors.contains("out of memory"))
  }

  @Test(
    "a signal ends the run with 128 and its number, rows and JSON whole, and --resume goes on",
    arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129), (SIGQUIT, 131)])
  func interruption(signal: Int32, status: Int) throws {
    // Many short trials, so that a row is there long before the sweep could end.
    let grid = "batch_sizes=[\(Array(repeating: "1", count: 1000).joined(separator: ","))]"
    let options = [
      "run", "tiny.yaml", grid, "output_lengths=[3,3,3]", "--output", "out", "--threads", "1", "--format", "json",
    ]
    let (process, _, _) = try start(options)
    while process.isRunning, !((try? folder.text("out/results.jsonl"))?.contains("\n") ?? false) { usleep(2000) }
    kill(process.processIdentifier, signal)
    let ended = try end(process)
    #expect(process.terminationReason == .exit)
    #expect(ended.status == status, "\(ended.errors)")
    #expect(ended.errors.contains("interrupted"))
    let printed = try JSONParser().parse(ended.output).arrayValue
    let kept = try folder.text("out/results.jsonl")
    #expect(kept.hasSuffix("\n"))
    #expect(printed?.count == kept.count { $0 == "\n" })
    #expect((printed?.count ?? 0) > 0)
    let resumed = try run(
      "run", "tiny.yaml", "batch_sizes=[1]", "--output", "out", "--threads", "1", "--resume", "--format", "jsonl")
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(kept.hasPrefix(resumed.output))
  }

  @Test("a run under nohup outlives the terminal") func hangup() throws {
    let script = """
      nohup $bench num_batches=300 >output & run=$!
      until [ -s out/results.jsonl ] || ! kill -0 $run; do kill -HUP $run; sleep 0.01; done; wait $run
      """
    #expect(try Shell.run(script, in: folder) == 0)
    #expect(try folder.text("out/results.jsonl").count { $0 == "\n" } == 2)
  }

  @Test("a run that was killed is resumed with what it had kept") func killed() throws {
    let (process, _, _) = try start([
      "run", "tiny.yaml", "batch_sizes=[1,2,3,4,5,6,7,8]", "num_batches=60", "--output", "out", "--threads", "1",
    ])
    while process.isRunning, !((try? folder.text("out/results.jsonl"))?.contains("\n") ?? false) { usleep(2000) }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let kept = try folder.text("out/results.jsonl").split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    let ended = try run(
      "run", "tiny.yaml", "batch_sizes=[1,2,3,4,5,6,7,8]", "num_batches=60", "--output", "out", "--threads", "1",
      "--resume", "--format", "jsonl")
    #expect(ended.status == 0, "\(ended.errors)")
    let lines = ended.output.split(separator: "\n")
    #expect(lines.count == 8)
    #expect(Array(lines.prefix(kept.count)) == Array(kept))
  }
}
