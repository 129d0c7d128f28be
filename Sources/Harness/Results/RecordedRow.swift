import Transformer

/// A row read back from a results file: what the formats and `--resume` need of it, and its text.
public struct RecordedRow: Sendable, Equatable {
  public var number: Int
  public var trial: Trial
  /// Who measured it.
  public var engine: EngineName
  public var status: String
  public var identity: RunIdentity
  /// The figures that a table shows, under the row's own keys.
  public var value: ConfigurationValue
  /// The line as it stands in the file, without its line end.
  public var line: String

  /// How every row begins.
  static let beginning = "{\"name\":\""

  /// - Throws: `InputError` with the key that is missing or wrong.
  public init(line: String, file: String, lineNumber: Int) throws {
    let place = "\(file):\(lineNumber)"
    self.line = line
    do { value = try JSONParser(file: file).parse(line) } catch {
      throw Self.foreign(place: place, problem: "is no row of results: \(error.problem)")
    }
    let value = self.value
    func required<T>(_ key: String, _ read: (ConfigurationValue) -> T?) throws -> T {
      guard let found = value[key].flatMap(read) else {
        throw Self.foreign(place: place, path: [key], problem: "is missing or wrong in this row of results")
      }
      return found
    }
    func size(_ value: ConfigurationValue) -> Int? {
      value.integerValue.flatMap { (1...Section.largestInteger).contains($0) ? $0 : nil }
    }
    trial = Trial(
      name: try required("name", \.stringValue), batchSize: try required("batch_size", size),
      inputLength: try required("input_length", size), outputLength: try required("output_length", size))
    number = try required("trial", \.integerValue)
    status = try required("status", \.stringValue)
    engine =
      value["engine"] == nil
      ? .native : try required("engine") { $0.stringValue.flatMap { EngineName(rawValue: $0) } }
    identity = RunIdentity(
      fingerprint: try required("fingerprint", \.stringValue), dtype: try required("dtype", \.stringValue),
      arithmeticDType: try required("arithmetic_dtype", \.stringValue),
      kvCacheDType: try required("kv_cache_dtype", \.stringValue), threads: try required("threads", \.integerValue),
      instructionSet: try required("isa", \.stringValue), machine: try required("machine", \.stringValue),
      build: try required("build", \.stringValue))
    if status == "ok" { _ = try required("latency_s") { $0["mean"]?.doubleValue.flatMap { $0 > 0 ? $0 : nil } } }
  }

  /// A line that no run has written.
  static func foreign(place: String, path: [String] = [], problem: String) -> InputError {
    InputError(file: place, path: path, problem: problem, cure: "Remove the line, or give another --output.")
  }

  /// The same row as it comes from a measurement.
  public init(_ result: TrialResult) {
    number = result.number
    trial = result.trial
    status = result.status
    engine = result.engine.name
    identity = result.identity
    value = result.json
    line = JSONWriter().text(value)
  }

  /// The trial's name; rows of peers begin with the engine's.
  public var displayName: String { Self.displayName(trial.name, engine) }

  static func displayName(_ trial: String, _ engine: EngineName) -> String {
    engine == .native ? trial : "\(engine.rawValue):\(trial)"
  }

  /// Greedy tokens of the last call, [batch][output length].
  var tokens: [[Int32]]? {
    guard status == "ok", let rows = value["engine_detail"]?["tokens"]?.arrayValue, !rows.isEmpty else { return nil }
    return rows.map { row in (row.arrayValue ?? []).compactMap { $0.integerValue.flatMap { Int32(exactly: $0) } } }
  }

  /// Seconds of each measured call.
  var latencies: [Double] {
    (value["samples"]?.arrayValue ?? []).compactMap { Sample(json: $0)?.latency }
  }

  /// Mean seconds of a generate call; `nil` when the trial was not measured.
  public var latency: Double? { status == "ok" ? value["latency_s"]?["mean"]?.doubleValue : nil }
  /// Generated tokens of all sequences per second.
  public var throughput: Double? { latency.map { Double(trial.outputLength) * Double(trial.batchSize) / $0 } }
  /// Milliseconds of a generate call per token of one sequence.
  public var latencyPerToken: Double? { latency.map { $0 * 1000 / Double(trial.outputLength) } }
}
