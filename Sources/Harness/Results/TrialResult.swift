import Transformer

/// One row of results: what was measured, how, and on what.
public struct TrialResult: Sendable, Equatable {
  /// The trial's place in the sweep's list, from 1.
  public var number: Int
  public var trial: Trial
  public var outcome: Outcome
  /// What makes rows of two runs comparable.
  public var identity: RunIdentity
  public var parameterCount: Int
  public var weightBytes: Int
  public var kvCacheBytes: Int
  public var peakResidentBytes: Int?
  /// Whether the peak is the trial's own; where the platform keeps one peak only it is the process's.
  public var peakIsOfTrial: Bool
  /// Peak resident bytes of the process up to the end of loading.
  public var loadPeakResidentBytes: Int?
  public var useCache: Bool
  public var warmupBatchCount: Int
  /// Where the prompts come from; `nil` is random ids.
  var prompts: PromptFile.Use?
  /// Floating-point operations of the prefill.
  public var prefillOperations: Double
  /// Mean floating-point operations of a decode step.
  public var decodeOperations: Double?
  /// Mean bytes that a decode step moves.
  public var decodeBytes: Double?
  public var environment: ConfigurationValue
  /// What mfu and mbu are parts of.
  public var ceilings: Ceilings?
  var profile: CallProfile?
  /// Who measured it.
  public var engine = EngineRecord(.native)
  /// Work, prediction and time of each phase; `nil` for a trial that was not measured.
  var phases: Phases?
  /// Seconds of each call before the measured ones.
  var warmupLatencies: [Double] = []
  /// Why no more samples were taken.
  var stop: StopReason?
  /// Seconds that loading the model took.
  var loadSeconds: Double?

  struct Phases: Sendable, Equatable {
    var prefill: PhasePrediction
    /// `nil` without decode steps or without a cache.
    var decode: PhasePrediction?
    /// Read bandwidth just before and after the trial, bytes a second; `nil` when it was not measured.
    var bandwidthBefore: Double?
    var bandwidthAfter: Double?
  }
  /// The sweep that the trial is one of.
  public var grid: SweepGrid?

  public enum Outcome: Sendable, Equatable {
    case ok(samples: [Sample], Metrics)
    /// Refused before it began, or by the system when it asked for memory.
    case outOfMemory(String)
    case failed(String)
    /// The engine cannot express the model or the sweep, or is not installed.
    case refused(String)
  }

  /// The value of `status`.
  public var status: String {
    switch outcome {
    case .ok: "ok"
    case .outOfMemory: "out_of_memory"
    case .failed: "failed"
    case .refused: "refused"
    }
  }

  public var metrics: Metrics? {
    guard case .ok(_, let metrics) = outcome else { return nil }
    return metrics
  }
}

/// What must be equal for the rows of two runs to stand in one file.
public struct RunIdentity: Sendable, Equatable {
  /// Of the sweep: everything in the file that changes a measurement.
  public var fingerprint: String
  public var dtype: String
  public var arithmeticDType: String
  public var kvCacheDType: String
  public var threads: Int
  public var instructionSet: String
  /// The processor's name and the number of processors.
  public var machine: String
  /// "release" or "debug".
  public var build: String

  /// Names and values, as they stand in a row.
  var fields: [(key: String, value: String)] {
    [
      ("fingerprint", fingerprint), ("dtype", dtype), ("arithmetic_dtype", arithmeticDType),
      ("kv_cache_dtype", kvCacheDType), ("threads", "\(threads)"), ("isa", instructionSet), ("machine", machine),
      ("build", build),
    ]
  }
}
