import Transformer

/// An object under construction: keys keep the order in which they are set.
struct JSONObject {
  private var entries: [ConfigurationValue.Entry] = []

  var value: ConfigurationValue { .object(entries) }

  /// Appends a key. Each key is set once.
  subscript(key: String) -> ConfigurationValue {
    get { value[key] ?? .null }
    set { entries.append(.init(key: key, value: newValue)) }
  }
}

extension ConfigurationValue {
  /// `null` for `nil` and for what JSON cannot say: infinities and not-a-number.
  static func optional(_ value: Double?) -> ConfigurationValue {
    guard let value, value.isFinite else { return .null }
    return .number(value)
  }

  static func optional(_ value: Int?) -> ConfigurationValue { value.map { .integer($0) } ?? .null }

  static func optional(_ value: String?) -> ConfigurationValue { value.map { .string($0) } ?? .null }

  /// The value as an integer, when it is one.
  var integerValue: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  /// The value as a number, when it is one.
  var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  var stringValue: String? {
    guard case .string(let value) = self else { return nil }
    return value
  }

  var arrayValue: [ConfigurationValue]? {
    guard case .array(let values) = self else { return nil }
    return values
  }
}
