import Transformer

/// A trial as optimum-benchmark's `benchmark_report.json`: an object with the targets of text generation, each with
/// `memory`, `latency`, `throughput`, `energy` and `efficiency`, null where nothing was measured.
///
/// Its conventions: standard deviations divide by n, megabytes are 10⁶ bytes, and throughput is in sequences ("samples") for
/// generate and prefill, in tokens for decode.
struct OptimumReport: Sendable {
  let value: ConfigurationValue

  /// `nil` for a row that was not measured.
  init?(_ row: RecordedRow) {
    let samples = (row.value["samples"]?.arrayValue ?? []).compactMap { Sample(json: $0) }
    guard row.status == "ok", !samples.isEmpty else { return nil }
    let batch = Double(row.trial.batchSize)
    let memory = Self.memory(row.value["peak_rss_bytes"]?.doubleValue)
    let laterTokens = samples.map { $0.tokens.reduce(0, +) }
    let hasDecode = row.trial.outputLength > 1
    var report = JSONObject()
    report["load_model"] = Self.target(
      memory: Self.memory(row.value["load_peak_rss_bytes"]?.doubleValue),
      latency: row.value["load_s"]?.doubleValue.map { [$0] } ?? [])
    report["first_generate"] = Self.target(
      latency: row.value["warmup_latency_s"]?.arrayValue?.first?.doubleValue.map { [$0] } ?? [])
    report["generate"] = Self.target(
      memory: memory, latency: samples.map(\.latency), volume: batch, unit: "samples/s")
    report["prefill"] = Self.target(
      memory: memory, latency: samples.map(\.prefill), volume: batch, unit: "samples/s")
    report["decode"] = Self.target(
      memory: memory, latency: hasDecode ? laterTokens : [], volume: batch * Double(row.trial.outputLength - 1))
    report["per_token"] = Self.target(latency: samples.flatMap(\.tokens))
    value = report.value
  }

  private static func target(
    memory: ConfigurationValue = .null, latency values: [Double], volume: Double? = nil, unit: String = "tokens/s"
  ) -> ConfigurationValue {
    var target = JSONObject()
    target["memory"] = memory
    target["latency"] = latency(values)
    target["throughput"] = values.isEmpty ? .null : throughput(volume.map { $0 / Statistics.mean(values) }, unit)
    target["energy"] = .null
    target["efficiency"] = .null
    return target.value
  }

  private static func memory(_ bytes: Double?) -> ConfigurationValue {
    guard let bytes else { return .null }
    var memory = JSONObject()
    memory["unit"] = .string("MB")
    memory["max_ram"] = .optional(bytes * 1e-6)
    for key in ["max_global_vram", "max_process_vram", "max_reserved", "max_allocated"] { memory[key] = .null }
    return memory.value
  }

  private static func latency(_ values: [Double]) -> ConfigurationValue {
    guard !values.isEmpty else { return .null }
    let mean = Statistics.mean(values)
    let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
    let sorted = values.sorted()
    var latency = JSONObject()
    latency["unit"] = .string("s")
    latency["values"] = .array(values.map { .optional($0) })
    latency["count"] = .integer(values.count)
    latency["total"] = .optional(values.reduce(0, +))
    latency["mean"] = .optional(mean)
    for p in [50.0, 90, 95, 99] {
      latency["p\(Int(p))"] = .optional(Statistics.percentile(sorted: sorted, p))
    }
    latency["stdev"] = .optional(deviation)
    latency["stdev_"] = .optional(deviation / mean * 100)
    return latency.value
  }

  private static func throughput(_ rate: Double?, _ unit: String) -> ConfigurationValue {
    guard let rate else { return .null }
    var throughput = JSONObject()
    throughput["unit"] = .string(unit)
    throughput["value"] = .optional(rate)
    return throughput.value
  }
}
