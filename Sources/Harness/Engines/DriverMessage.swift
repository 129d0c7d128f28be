import Transformer

/// One line of a driver's standard output. `Benchmarks/Peers/peer_protocol.py` says which come in which order.
enum DriverMessage: Equatable {
  case loaded(DriverDescription)
  case warmup
  case sample(Sample)
  /// New tokens of the last call, [batch][output length].
  case tokens([[Int32]])
  case memory(DriverMemory)
  case done
  case failed(String)
  case refused(String)

  /// - Throws: `InputError` for a line that is no message.
  init(_ line: String) throws(InputError) {
    let value = try JSONParser().parse(line)
    guard let type = value["type"]?.stringValue else {
      throw InputError(problem: "has no \"type\"", cure: nil)
    }
    switch type {
    case "loaded": self = .loaded(DriverDescription(value))
    case "warmup": self = .warmup
    case "sample": self = .sample(try Self.sample(value))
    case "tokens": self = .tokens(try Self.tokens(value))
    case "memory": self = .memory(DriverMemory(value))
    case "done": self = .done
    case "failed": self = .failed(value["error"]?.stringValue ?? "it did not say why")
    case "refused": self = .refused(value["error"]?.stringValue ?? "it did not say why")
    default: throw InputError(path: ["type"], problem: "is \(quoted(type)), which is no message", cure: nil)
    }
  }

  private static func sample(_ value: ConfigurationValue) throws(InputError) -> Sample {
    func seconds(_ key: String, _ value: ConfigurationValue?) throws(InputError) -> Double {
      guard let number = value?.doubleValue, number.isFinite, number >= 0 else {
        throw InputError(path: [key], problem: "must be a number of seconds", cure: nil)
      }
      return number
    }
    var tokens: [Double] = []
    for token in value["token_s"]?.arrayValue ?? [] { tokens.append(try seconds("token_s", token)) }
    let sample = Sample(
      latency: try seconds("latency_s", value["latency_s"]), prefill: try seconds("prefill_s", value["prefill_s"]),
      tokens: tokens)
    guard sample.latency > 0, sample.prefill > 0 else {
      throw InputError(path: ["latency_s"], problem: "must be more than 0", cure: nil)
    }
    return sample
  }

  private static func tokens(_ value: ConfigurationValue) throws(InputError) -> [[Int32]] {
    var rows: [[Int32]] = []
    for row in value["tokens"]?.arrayValue ?? [] {
      var tokens: [Int32] = []
      for token in row.arrayValue ?? [] {
        guard let number = token.integerValue, let token = Int32(exactly: number), token >= 0 else {
          throw InputError(path: ["tokens"], problem: "must hold token ids", cure: nil)
        }
        tokens.append(token)
      }
      rows.append(tokens)
    }
    return rows
  }
}

/// What an engine says of itself once the model is in memory.
struct DriverDescription: Equatable {
  /// Names and versions of the packages that do the work.
  var version: String?
  /// For which prompt positions logits are computed: "last" or "all".
  var logits: String?
  var notes: String?
  var cacheDType: String?
  var weightBytes: Int?
  var threads: Int?
  /// Processors that the driver may run on.
  var processors: [Int]?
  /// Peak resident bytes up to the end of loading.
  var loadPeakBytes: Int?

  init() {}

  init(_ value: ConfigurationValue) {
    version = value["version"]?.stringValue
    logits = value["logits"]?.stringValue
    notes = value["notes"]?.stringValue
    cacheDType = value["kv_cache_dtype"]?.stringValue
    weightBytes = value["weight_bytes"]?.integerValue
    threads = value["threads"]?.integerValue
    processors = value["processors"]?.arrayValue?.compactMap(\.integerValue)
    loadPeakBytes = value["load_peak_rss_bytes"]?.integerValue
  }
}

/// What a trial took, as the driver's system tells.
struct DriverMemory: Equatable {
  var peakBytes: Int?
  /// Whether the peak is the trial's own and not the process's.
  var peakIsOfTrial = false
  var kvCacheBytes: Int?

  init() {}

  init(_ value: ConfigurationValue) {
    peakBytes = value["peak_rss_bytes"]?.integerValue
    peakIsOfTrial = value["peak_rss_scope"]?.stringValue == "trial"
    kvCacheBytes = value["kv_cache_bytes"]?.integerValue
  }
}
