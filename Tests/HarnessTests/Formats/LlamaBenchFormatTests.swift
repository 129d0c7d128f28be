import Foundation
import Testing
import Transformer

@testable import Harness

@Suite struct LlamaBenchFormatTests {
  private let rows = [
    RecordedRow(TrialResult.refusedExample(number: 1)), RecordedRow(TrialResult.example(number: 2)),
    RecordedRow(
      TrialResult.example(number: 3, trial: Trial(name: "o'x_2_9_1", batchSize: 2, inputLength: 9, outputLength: 1))),
  ]

  private func document(_ format: ResultFormat, _ rows: [RecordedRow]) throws -> String {
    let sink = MemorySink()
    let output = ResultOutput(format: format, parameterCount: 1, file: nil, standardOutput: sink)
    for row in rows { try output.record(row) }
    try output.finish()
    return sink.text
  }

  // The fields that its comparison script reads, of older and newer versions.
  private static let keys = """
    build_commit build_number cpu_info gpu_info backends model_filename model_type model_size model_n_params n_batch
    n_ubatch n_threads cpu_mask cpu_strict poll type_k type_v n_gpu_layers split_mode main_gpu no_kv_offload flash_attn
    tensor_split tensor_buft_overrides use_mmap load_mode embeddings no_op_offload n_prompt n_gen n_depth test_time
    avg_ns stddev_ns avg_ts stddev_ts
    """.split(whereSeparator: \.isWhitespace).map(String.init)

  @Test("JSON is one array with an object for each phase, whatever rows were refused", arguments: 0...3)
  func json(count: Int) throws {
    let objects = try #require(
      try JSONParser().parse(try document(.llamaBenchJSON, Array(rows.prefix(count)))).arrayValue)
    #expect(objects.count == [0, 0, 2, 3][count])
    for object in objects {
      for key in Self.keys {
        let value = try #require(object[key], "\(key)")
        // The script joins on equality, which null has with nothing.
        #expect(value != .null)
      }
    }
  }

  @Test("pp is the prefill, tg the later tokens at the prompt's depth") func phases() throws {
    let objects = try #require(try JSONParser().parse(try document(.llamaBenchJSON, [rows[1]])).arrayValue)
    #expect(objects.map { $0["n_prompt"]?.integerValue } == [128, 0])
    #expect(objects.map { $0["n_gen"]?.integerValue } == [0, 7])
    #expect(objects.map { $0["n_depth"]?.integerValue } == [0, 128])
    #expect(
      try objects[1].numbers("samples_ns") == [700_000_000, 700_000_000, 700_000_000])
    #expect(objects[1]["avg_ts"]?.doubleValue.map { fixed($0, 6) } == "10.000000")
    let prefill = try objects[0].numbers("samples_ts")
    #expect(prefill.map { fixed($0, 3) } == ["256.000", "232.727", "231.884"])
    #expect(objects[0]["avg_ns"]?.integerValue == 534_000_000)
    #expect(objects[0]["model_n_params"]?.integerValue == 1_315_950_592)
  }

  @Test("SQL creates its table once and a quote in a name ends no literal") func sql() throws {
    let text = try document(.llamaBenchSQL, rows)
    #expect(text.components(separatedBy: "CREATE TABLE").count == 2)
    #expect(text.components(separatedBy: "INSERT INTO llama_bench").count == 4)
    #expect(text.hasPrefix("CREATE TABLE IF NOT EXISTS llama_bench (\n  build_commit TEXT,\n  build_number INTEGER,"))
    #expect(text.contains("'o''x'"))
    #expect(text.contains("  avg_ts REAL,\n"))
    #expect(try document(.llamaBenchSQL, []).isEmpty)
  }

  @Test("an optimum-benchmark report has its targets and their fields") func optimum() throws {
    let lines = try document(.optimumBenchmark, rows).split(separator: "\n")
    #expect(lines.count == 2)
    let report = try JSONParser().parse(String(lines[0]))
    guard case .object(let targets) = report else {
      Issue.record("a report is an object")
      return
    }
    #expect(targets.map(\.key) == ["load_model", "first_generate", "generate", "prefill", "decode", "per_token"])
    for target in targets {
      guard case .object(let fields) = target.value else {
        Issue.record("a target is an object")
        return
      }
      #expect(fields.map(\.key) == ["memory", "latency", "throughput", "energy", "efficiency"])
    }
    let latency = try #require(report["generate"]?["latency"])
    #expect(latency["count"]?.integerValue == 3)
    // numpy's deviation divides by n.
    let values = [1.2, 1.25, 1.252]
    let mean = values.reduce(0, +) / 3
    let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3).squareRoot()
    #expect(abs(try latency.number("stdev") - deviation) < 1e-12)
    #expect(abs(try latency.number("stdev_") - deviation / mean * 100) < 1e-9)
    #expect(try #require(report["decode"]?["throughput"]).number("value").rounded() == 10)
    #expect(report["generate"]?["throughput"]?["unit"]?.stringValue == "samples/s")
    #expect(abs(try #require(report["generate"]?["throughput"]).number("value") - 1 / mean) < 1e-12)
    #expect(report["per_token"]?["throughput"] == .null)
    #expect(report["per_token"]?["latency"]?["count"]?.integerValue == 21)
    let single = try JSONParser().parse(String(lines[1]))
    #expect(single["prefill"]?["latency"]?["count"]?.integerValue == 3)
  }
}
