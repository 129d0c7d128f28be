import Transformer

/// What a row says about the engine that measured it, beside the figures.
public struct EngineRecord: Sendable, Equatable {
  public var name: EngineName
  /// Names and versions of the packages that did the work.
  public var version: String?
  /// For which prompt positions it computes logits: "last" or "all".
  public var logits: String?
  public var notes: String?
  /// What it keeps its KV cache in.
  public var cacheDType: String?
  /// Processors that it could run on.
  public var processors: [Int]?
  /// Turns that its samples come from.
  public var rounds = 1
  /// Greedy tokens of its last call, [batch][output length].
  public var tokens: [[Int32]] = []
  public var agreement: TokenAgreement?
  /// Processors that others kept busy before its turns, at most; `nil` when unknown.
  public var busyProcessors: Double?

  init(_ name: EngineName) { self.name = name }

  /// The row's `engine_detail`.
  var json: ConfigurationValue {
    var object = JSONObject()
    object["version"] = .optional(version)
    object["logits"] = .optional(logits)
    object["notes"] = .optional(notes)
    object["kv_cache_dtype"] = .optional(cacheDType)
    object["processors"] = processors.map { .array($0.map { .integer($0) }) } ?? .null
    object["rounds"] = .integer(rounds)
    object["busy_processors_before"] = .optional(busyProcessors)
    object["agreement"] = agreement?.json ?? .null
    object["tokens"] = .array(tokens.map { .array($0.map { .integer(Int($0)) }) })
    return object.value
  }
}
