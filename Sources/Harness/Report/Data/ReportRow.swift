import Transformer

/// A row of results as a report reads it: rows of other versions and of other programs may lack any figure.
struct ReportRow: Sendable, Equatable {
  /// The whole row.
  let value: ConfigurationValue
  let name: String
  let status: String
  let batchSize: Int
  let inputLength: Int
  let outputLength: Int

  /// `nil` for a value that is no row of results.
  init?(_ value: ConfigurationValue) {
    func length(_ key: String) -> Int? { value[key]?.integerValue.flatMap { (1...1 << 30).contains($0) ? $0 : nil } }
    guard let batchSize = length("batch_size"), let inputLength = length("input_length"),
      let outputLength = length("output_length")
    else { return nil }
    self.value = value
    self.batchSize = batchSize
    self.inputLength = inputLength
    self.outputLength = outputLength
    name = value["name"]?.stringValue ?? "\(batchSize)_\(inputLength)_\(outputLength)"
    status = value["status"]?.stringValue ?? "unknown"
  }

  // MARK: - What was measured

  var isMeasured: Bool { status == "ok" && latency != nil }

  /// Why there is no measurement.
  var failure: String { value["error"]?.stringValue ?? status }

  /// Mean seconds of a generate call.
  var latency: Double? {
    positive("latency_s", "mean") ?? Self.mean(samples.compactMap { Self.positive($0["latency_s"]) })
  }

  /// Bootstrap 95 % interval of the mean latency, seconds.
  var latencyInterval: ClosedRange<Double>? {
    guard let low = positive("latency_s", "ci95_low"), let high = positive("latency_s", "ci95_high"), low <= high else {
      return nil
    }
    return low...high
  }

  /// Standard deviation of the latency as a part of its mean.
  var relativeDeviation: Double? {
    guard let deviation = positive("latency_s", "stddev"), let latency else { return nil }
    return deviation / latency
  }

  /// Seconds to the first token.
  var timeToFirstToken: Double? {
    positive("ttft_s") ?? Self.mean(samples.compactMap { Self.positive($0["prefill_s"]) })
  }

  /// Mean seconds of a later token.
  var timePerOutputToken: Double? { positive("tpot_s") ?? Self.mean(tokenSeconds) }

  /// Generated tokens of all sequences a second.
  var throughput: Double? { latency.map { Double(batchSize) * Double(outputLength) / $0 } }

  /// Prompt tokens of all sequences per second of prefill.
  var prefillRate: Double? {
    positive("prefill_tokens_per_s") ?? timeToFirstToken.map { Double(batchSize) * Double(inputLength) / $0 }
  }

  /// New tokens of all sequences per second of decode.
  var decodeRate: Double? { positive("decode_tokens_per_s") ?? timePerOutputToken.map { Double(batchSize) / $0 } }

  var modelFLOPUtilization: Double? { positive("mfu") }
  var memoryBandwidthUtilization: Double? { positive("mbu") }

  /// Seconds of every later token of every sample.
  var tokenSeconds: [Double] {
    samples.flatMap { ($0["token_s"]?.arrayValue ?? []).compactMap { Self.positive($0) } }
  }

  // MARK: - What it took

  var parameterCount: Int? { value["n_params"]?.integerValue }
  var weightBytes: Double? { positive("weight_bytes") }
  var kvCacheBytes: Double? { positive("kv_cache_bytes") }
  var peakBytes: Double? { positive("peak_rss_bytes") }
  var prefillFLOP: Double? { positive("prefill_flop") }
  var decodeFLOP: Double? { positive("decode_flop") }
  var decodeBytes: Double? { positive("decode_bytes") }

  /// What a prefill must move: weights, keys and values. Rows of older versions do not say; then each weight counts once.
  var prefillBytes: Double? {
    if let weights = positive("phases", "prefill", "weight_bytes") {
      return weights + (positive("phases", "prefill", "kv_bytes") ?? 0)
    }
    return weightBytes.map { weights in
      let tokens = Double(inputLength) / (Double(inputLength) + Double(outputLength))
      return weights + (kvCacheBytes ?? 0) * tokens
    }
  }

  /// Measured time over the time that the ceilings and the work predict.
  func measuredOverPredicted(_ phase: Phase) -> Double? {
    positive("phases", phase.rawValue, "measured_over_predicted")
  }

  var ceilings: Ceilings? {
    guard let peak = positive("ceilings", "flop_per_s"), let bandwidth = positive("ceilings", "read_bytes_per_s") else {
      return nil
    }
    return Ceilings(
      operationsPerSecond: peak, fp32OperationsPerSecond: positive("ceilings", "fp32_flop_per_s"),
      bytesPerSecond: bandwidth)
  }

  // MARK: - Under which conditions

  /// Who measured the row.
  var engine: String { value["engine"]?.stringValue ?? EngineName.native.rawValue }
  var dtype: String { string("dtype") }
  var usesCache: Bool { value["use_cache"] != .bool(false) }
  var threads: String { value["threads"]?.integerValue.map(String.init) ?? "unknown" }
  var threadText: String { value["threads"]?.integerValue.map { counted($0, "thread") } ?? "unknown threads" }
  var instructionSet: String { string("isa") }
  var machine: String { string("machine") }
  var build: String { string("build") }

  /// The name without its sizes.
  var benchmark: String {
    let sizes = "_\(batchSize)_\(inputLength)_\(outputLength)"
    return name.hasSuffix(sizes) && name.count > sizes.count ? String(name.dropLast(sizes.count)) : name
  }

  /// What a later row of the same trial replaces.
  var key: Key {
    Key(
      name: name, number: value["trial"]?.integerValue, engine: engine, batchSize: batchSize,
      inputLength: inputLength, outputLength: outputLength, usesCache: usesCache)
  }

  struct Key: Hashable {
    var name: String
    var number: Int?
    var engine: String
    var batchSize: Int
    var inputLength: Int
    var outputLength: Int
    var usesCache: Bool
  }

  // MARK: - Reading

  private var samples: [ConfigurationValue] { value["samples"]?.arrayValue ?? [] }

  private func string(_ key: String) -> String { value[key]?.stringValue ?? "unknown" }

  func positive(_ path: String...) -> Double? { Self.positive(path.reduce(Optional(value)) { $0?[$1] }) }

  /// A figure that can be drawn; what is zero, negative or beyond any machine is none.
  static func positive(_ value: ConfigurationValue?) -> Double? {
    guard let number = value?.doubleValue, (1e-15...1e24).contains(number) else { return nil }
    return number
  }

  private static func mean(_ values: [Double]) -> Double? { values.isEmpty ? nil : Statistics.mean(values) }
}
