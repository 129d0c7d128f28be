import Testing
import Transformer

@testable import Harness

@Suite struct ReportSystemTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("lines that a crash tore or that are no rows are left out and noted") func tornLines() throws {
    let text = "\(ExampleRow().line)\n\n[1, 2]\n{\"name\": \"no sizes\"}\n\(ExampleRow(batch: 2).line.prefix(60))"
    try folder.write(text, to: "results.jsonl")
    let system = try ReportSystem.read(folder.path)
    #expect(system.rows.count == 1)
    #expect(system.notes.count == 1)
    #expect(system.notes[0].contains("3 lines") && system.notes[0].contains("line 3, 4, 5"))
  }

  @Test("the file itself may be named, and a slash behind the folder changes nothing") func paths() throws {
    try folder.write(ExampleRow().line + "\n", to: "results.jsonl")
    for path in [folder.path, folder.path + "/", folder.path + "/results.jsonl"] {
      #expect(try ReportSystem.read(path).rows.count == 1)
    }
  }

  @Test(
    "what holds no results is an error that says where and what to do", arguments: ["", "missing", "empty", "words"])
  func noResults(name: String) throws {
    try folder.write("", to: "empty/results.jsonl")
    try folder.write("hello\n", to: "words/results.jsonl")
    let error = #expect(throws: InputError.self) { try ReportSystem.read(name.isEmpty ? "" : folder.path + "/" + name) }
    #expect(error?.cure != nil)
  }

  @Test("a trial that was tried again is shown once, as measured") func retried() throws {
    let lines = [
      ExampleRow(status: "failed").line, ExampleRow(number: 2, status: "failed", batch: 2).line, ExampleRow().line,
      ExampleRow(number: 2, status: "out_of_memory", batch: 2).line,
    ]
    try folder.write(lines.joined(separator: "\n"), to: "results.jsonl")
    #expect(try ReportSystem.read(folder.path).rows.map(\.status) == ["ok", "out_of_memory"])
  }

  @Test("systems are named by as much of their paths as tells them apart") func labels() {
    #expect(ReportSystem.labels(["a/fp32", "a/bf16/"]) == ["fp32", "bf16"])
    #expect(ReportSystem.labels(["x/one/run", "y/one/run"]) == ["x/one/run", "y/one/run"])
    #expect(ReportSystem.labels(["r/b/20250101T000000Z"]) == ["b/20250101T000000Z"])
    #expect(ReportSystem.labels(["out/results.jsonl"]) == ["out"])
    #expect(ReportSystem.labels(["..", "/"]) == [nil, nil])
  }

  @Test("the same folder twice is one system, and none is an error") func several() throws {
    try folder.write(ExampleRow().line, to: "a/results.jsonl")
    try folder.write(ExampleRow().line, to: "b/results.jsonl")
    let (a, b) = (folder.path + "/a", folder.path + "/b")
    #expect(try ReportSystem.read([a, b, a]).map(\.label) == ["a", "b"])
    #expect(throws: InputError.self) { try ReportSystem.read([String]()) }
  }

  @Test("engines that took turns in one folder are systems of their own") func engines() throws {
    let lines = ["native", "llamacpp", "native"].enumerated().map { index, engine in
      ExampleRow(engine: engine, number: index / 2 + 1, batch: index / 2 + 1).line
    }
    try folder.write(lines.joined(separator: "\n"), to: "out/results.jsonl")
    let systems = try ReportSystem.read([folder.path + "/out"])
    #expect(systems.map(\.label) == ["native", "llamacpp"])
    #expect(systems.map(\.rows.count) == [2, 1])
  }

  @Test("figures that no machine has are none") func absurd() throws {
    var line = ExampleRow().line
    line.replace("\"ttft_s\":0.04", with: "\"ttft_s\":-1")
    line.replace("\"weight_bytes\":250000000.0", with: "\"weight_bytes\":1e300")
    let row = try #require(ReportRow(JSONParser().parse(line)))
    // The sample still knows.
    #expect(row.timeToFirstToken == 0.04)
    #expect(row.weightBytes == nil)
  }

  @Test("a row of another program needs its sizes and a latency only") func foreign() throws {
    let text = "{\"batch_size\":2,\"input_length\":8,\"output_length\":4,\"status\":\"ok\",\"latency_s\":{\"mean\":2}}"
    let row = try #require(ReportRow(JSONParser().parse(text)))
    #expect(row.isMeasured)
    #expect(row.throughput == 4)
    #expect(row.dtype == "unknown")
  }
}
