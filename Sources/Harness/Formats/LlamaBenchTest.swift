import Transformer

/// One phase of a trial as llama-bench reports it: `pp` for the prefill, `tg` for the decode steps that follow it.
///
/// The fields are those of llama-bench's JSON and SQL outputs, so that its comparison script reads ours. They hold:
///
/// | field | here |
/// |---|---|
/// | `model_filename` | the benchmark's name |
/// | `model_type` | the benchmark's name, parameters and dtype |
/// | `n_batch`, `n_ubatch` | sequences of the batch |
/// | `n_prompt`, `n_gen`, `n_depth` | pp: input length, 0, 0; tg: 0, output length − 1, input length |
/// | `type_k`, `type_v` | dtype of the KV cache |
/// | `avg_ts`, `stddev_ts` | tokens of all sequences a second, mean and standard deviation over the calls |
struct LlamaBenchTest: Sendable {
  /// Keys in llama-bench's order. `use_mmap` and `load_mode` are the same thing in older and newer versions.
  let fields: [(key: String, value: ConfigurationValue)]
  /// Nanoseconds of each call.
  let nanoseconds: [Int]
  /// Tokens a second of each call.
  let rates: [Double]
  /// "pp128", "tg7 @ d128".
  let name: String
  /// Part of the ceiling that the phase reached: MFU or MBU; `nil` when unknown.
  let utilization: Double?

  var averageRate: Double { Statistics.mean(rates) }
  var rateDeviation: Double { Statistics(rates)?.standardDeviation ?? 0 }

  /// The phases of a row that was measured; empty for another.
  static func tests(of row: RecordedRow) -> [LlamaBenchTest] {
    guard row.status == "ok" else { return [] }
    let samples = (row.value["samples"]?.arrayValue ?? []).compactMap { Sample(json: $0) }
    guard !samples.isEmpty else { return [] }
    let trial = row.trial
    var tests = [
      LlamaBenchTest(
        row, prompt: trial.inputLength, generated: 0, depth: 0, seconds: samples.map(\.prefill),
        utilization: row.value["mfu"]?.doubleValue)
    ]
    if trial.outputLength > 1, samples.allSatisfy({ $0.tokens.contains { $0 > 0 } }) {
      tests.append(
        LlamaBenchTest(
          row, prompt: 0, generated: trial.outputLength - 1, depth: trial.inputLength,
          seconds: samples.map { $0.tokens.reduce(0, +) }, utilization: row.value["mbu"]?.doubleValue))
    }
    return tests
  }

  private init(
    _ row: RecordedRow, prompt: Int, generated: Int, depth: Int, seconds: [Double], utilization: Double?
  ) {
    let batch = row.trial.batchSize
    name = (generated == 0 ? "pp\(prompt)" : "tg\(generated)") + (depth > 0 ? " @ d\(depth)" : "")
    nanoseconds = seconds.map { Int(min($0 * 1e9, 9e18).rounded()) }
    rates = seconds.map { Double(batch) * Double(prompt + generated) / $0 }
    self.utilization = utilization
    let value = row.value
    func text(_ key: String, in object: ConfigurationValue? = nil) -> ConfigurationValue {
      .string((object ?? value)[key]?.stringValue ?? "unknown")
    }
    let environment = value["environment"]
    let time = Statistics(nanoseconds.map(Double.init))
    fields = [
      ("build_commit", .string(Self.shortCommit(environment?["git_commit"]?.stringValue))),
      ("build_number", .integer(0)),
      ("cpu_info", text("cpu_model", in: environment)),
      ("gpu_info", .string("")),
      ("backends", .string(row.backend)),
      ("model_filename", .string(row.benchmarkName)),
      ("model_type", .string(row.modelDescription)),
      ("model_size", value["weight_bytes"] ?? .integer(0)),
      ("model_n_params", value["n_params"] ?? .integer(0)),
      ("n_batch", .integer(batch)),
      ("n_ubatch", .integer(batch)),
      ("n_threads", .integer(row.identity.threads)),
      ("cpu_mask", .string("0x0")),
      ("cpu_strict", .bool(false)),
      ("poll", .integer(50)),
      ("type_k", .string(Self.typeName(row.identity.kvCacheDType))),
      ("type_v", .string(Self.typeName(row.identity.kvCacheDType))),
      ("n_gpu_layers", .integer(0)),
      ("n_cpu_moe", .integer(0)),
      ("split_mode", .string("none")),
      ("main_gpu", .integer(0)),
      ("no_kv_offload", .bool(false)),
      ("flash_attn", .integer(1)),
      ("devices", .string("auto")),
      ("tensor_split", .string("0.00")),
      ("tensor_buft_overrides", .string("none")),
      ("use_mmap", .bool(false)),
      ("load_mode", .string("none")),
      ("embeddings", .bool(false)),
      ("no_op_offload", .integer(0)),
      ("no_host", .bool(false)),
      ("fit_target", .integer(0)),
      ("fit_min_ctx", .integer(0)),
      ("n_prompt", .integer(prompt)),
      ("n_gen", .integer(generated)),
      ("n_depth", .integer(depth)),
      ("test_time", text("started", in: environment)),
      ("avg_ns", .integer(Int(min(time?.mean ?? 0, 9e18).rounded()))),
      ("stddev_ns", .integer(Int(min(time?.standardDeviation ?? 0, 9e18).rounded()))),
      ("avg_ts", .number(Statistics.mean(rates))),
      ("stddev_ts", .number(Statistics(rates)?.standardDeviation ?? 0)),
    ]
  }

  /// Seven or more digits, as llama.cpp's builds say; a build with changes stays apart from the commit's own.
  private static func shortCommit(_ commit: String?) -> String {
    guard let commit, commit != "unknown" else { return "unknown" }
    let isDirty = commit.hasSuffix("-dirty")
    return String(commit.prefix(isDirty ? 7 : 8)) + (isDirty ? "+" : "")
  }

  private static func typeName(_ dtype: String) -> String {
    switch dtype {
    case "fp32": "f32"
    case "fp16": "f16"
    default: dtype
    }
  }
}

extension RecordedRow {
  /// The trial's name without its lengths.
  var benchmarkName: String {
    let suffix = "_\(trial.batchSize)_\(trial.inputLength)_\(trial.outputLength)"
    return trial.name.hasSuffix(suffix) ? String(trial.name.dropLast(suffix.count)) : trial.name
  }

  /// "CPU", or the engine when it is not this one.
  var backend: String { engine == .native ? "CPU" : engine.rawValue }

  /// "1b 1.32 B bf16"
  var modelDescription: String {
    "\(benchmarkName) \(parameterText(value["n_params"]?.integerValue ?? 0)) \(identity.dtype)"
  }
}

/// A number of parameters as llama-bench writes it: "1.32 B", "124.44 M".
func parameterText(_ count: Int) -> String {
  count < 1_000_000_000 ? fixed(Double(count) / 1e6, 2) + " M" : fixed(Double(count) / 1e9, 2) + " B"
}
