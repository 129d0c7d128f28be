/// A parsed configuration before it means anything: what JSON and YAML have in common.
///
/// Model options read from a sweep file's `model:` section and from a checkpoint's config.json go through the same
/// code by way of this type.
public enum ConfigurationValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([ConfigurationValue])
  /// Keys in the order of the file; unique.
  case object([Entry])

  /// One key of an object with its value.
  public struct Entry: Sendable, Equatable {
    public var key: String
    public var value: ConfigurationValue

    public init(key: String, value: ConfigurationValue) {
      self.key = key
      self.value = value
    }
  }

  /// The value under `key`, or `nil` when this is no object or has no such key.
  public subscript(key: String) -> ConfigurationValue? {
    guard case .object(let entries) = self else { return nil }
    return entries.first { $0.key == key }?.value
  }

  /// What the value is, for messages: "a string", "a list", ….
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "a mapping"
    }
  }
}
