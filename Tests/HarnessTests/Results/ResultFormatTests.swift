import Testing
import Transformer

@testable import Harness

@Suite struct ResultFormatTests {
  private let rows = [RecordedRow(TrialResult.example()), RecordedRow(TrialResult.refusedExample())]

  private func document(_ format: ResultFormat, _ rows: [RecordedRow]) throws -> String {
    let sink = MemorySink()
    let output = ResultOutput(format: format, parameterCount: 1_315_950_592, file: nil, standardOutput: sink)
    for row in rows { try output.record(row) }
    try output.finish()
    return sink.text
  }

  @Test("text is the original's, to the letter") func text() throws {
    #expect(
      try document(.text, rows) == """
        n_params is:  1315950592
        name, latency (s), throughput (tokens/s), latency_per_sequence_output_token (ms)
        ===========================================================================
        any_1_128_8, 1.234, 6.483, 154.250

        """)
  }

  @Test("markdown is llama-bench's table with a row for each phase of a trial") func markdown() throws {
    let lines = try document(.markdown, rows).split(separator: "\n")
    #expect(lines.count == 5)
    #expect(Set(lines.map { $0.count { $0 == "|" } }).count == 1)
    #expect(lines[0].hasPrefix("| model | size | params | backend | threads |"))
    // Prefills of 0.5, 0.55 and 0.552 s, and 7 tokens in 0.7 s.
    #expect(lines[2] == "| any 1.32 B bf16 | 2.45 GiB | 1.32 B | CPU | 2 | 1 | pp128 | 240.20 ± 13.69 |  |")
    #expect(lines[3] == "| any 1.32 B bf16 | 2.45 GiB | 1.32 B | CPU | 2 | 1 | tg7 @ d128 | 10.00 ± 0.00 |  |")
    #expect(lines[4] == "| any 1.32 B bf16 | 2.45 GiB | 1.32 B | CPU | 2 | 64 | pp128 | out_of_memory |  |")
  }

  @Test("a bar in a benchmark's name does not break the markdown table") func markdownEscapes() throws {
    let trial = Trial(name: "a|b", batchSize: 1, inputLength: 1, outputLength: 1)
    let text = try document(.markdown, [RecordedRow(.example(trial: trial))])
    #expect(text.contains("| a\\|b 1.32 B bf16 |"))
  }

  @Test("CSV has one field for each column in every line") func csv() throws {
    let lines = try document(.csv, rows).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(Set(lines.map { $0.count { $0 == "," } }) == [TableColumn.all.count - 1])
    #expect(lines[0].hasPrefix("name,status,latency_s,"))
    #expect(lines[1].hasPrefix("any_1_128_8,ok,1.234000,"))
  }

  @Test("CSV quotes what would end a field") func csvQuotes() throws {
    let trial = Trial(name: "a,\"b\"", batchSize: 1, inputLength: 1, outputLength: 1)
    let text = try document(.csv, [RecordedRow(.example(trial: trial))])
    #expect(text.contains("\n\"a,\"\"b\"\"\",ok,"))
  }

  @Test("JSON is one array of the rows, also of none", arguments: [0, 1, 2]) func json(count: Int) throws {
    let value = try JSONParser().parse(try document(.json, Array(rows.prefix(count))))
    #expect(value.arrayValue?.compactMap { $0["name"]?.stringValue } == rows.prefix(count).map(\.trial.name))
  }

  @Test("JSONL is the lines of the results file") func jsonl() throws {
    #expect(try document(.jsonl, rows) == rows.map { $0.line + "\n" }.joined())
  }

  @Test("a row has the fields that scripts read") func fields() throws {
    let row = try JSONParser().parse(TrialResult.example().line)
    for key in [
      "name", "status", "batch_size", "input_length", "output_length", "dtype", "threads", "isa", "n_params",
      "weight_bytes", "kv_cache_bytes", "peak_rss_bytes", "samples", "latency_s", "ttft_s", "tpot_s",
      "prefill_tokens_per_s", "decode_tokens_per_s", "mfu", "mbu", "environment", "prefill_s", "token_s", "phases",
      "decode_tokens_per_s_p1", "decode_tokens_per_s_p5", "steadiness", "stopped", "warmup_latency_s", "load_s",
      "clock_overhead_s", "clock_overhead_fraction",
    ] {
      #expect(row[key] != nil, "\(key)")
    }
    for key in ["mean", "median", "stddev", "ci95_low", "ci95_high", "min", "max"] {
      #expect(row["latency_s"]?[key]?.doubleValue != nil, "latency_s.\(key)")
    }
    let sample = try #require(row["samples"]?.arrayValue?.first)
    #expect(sample["latency_s"]?.doubleValue == 1.2)
    #expect(sample["prefill_s"]?.doubleValue == 0.5)
    #expect(sample["token_s"]?.arrayValue?.count == 7)
    #expect(row["mfu"] == .null)
    #expect(row["mbu"] == .null)
  }

  @Test("a refused row has the same keys and says why") func refusedFields() throws {
    let measured = try JSONParser().parse(TrialResult.example().line)
    let refused = try JSONParser().parse(TrialResult.refusedExample().line)
    #expect(refused["status"] == .string("out_of_memory"))
    #expect(refused["error"]?.stringValue == "needs 9 GB, \"8 GB\" are free")
    guard case .object(let a) = measured, case .object(let b) = refused else {
      Issue.record("rows are objects")
      return
    }
    #expect(Set(a.map(\.key)).union(["error"]) == Set(b.map(\.key)))
  }

  @Test("numbers are rounded as C rounds them") func rounding() {
    #expect(fixed(0.0005, 3) == "0.001")
    #expect(fixed(2.5, 0) == "2")
    #expect(fixed(1e300, 0).count == 301)
    #expect(fixed(-1.0004, 3) == "-1.000")
  }
}
