/// Takes options out of a mapping one by one, typed and within bounds, and finally refuses those that nobody asked for.
///
/// Every key that is asked for becomes a known one, present or not, so that the suggestions for a misspelt key need no
/// list of their own.
struct OptionReader {
  /// The keys that lead to this mapping.
  let path: [String]
  private let entries: [ConfigurationValue.Entry]
  private var known: Set<String> = []

  /// Options that `value`, at `path`, holds; `nil` and null hold none.
  init(_ value: ConfigurationValue?, path: [String] = []) throws(InputError) {
    self.path = path
    switch value {
    case .object(let entries): self.entries = entries
    case nil, .null: entries = []
    case let value?:
      throw InputError(
        path: path, problem: "must be a mapping of options, is \(value.kind)",
        cure: "write a mapping of options, or leave it out")
    }
  }

  /// Whether there are no options at all.
  var isEmpty: Bool { entries.isEmpty }

  /// The value under `key`, if any. The key counts as known from now on.
  mutating func take(_ key: String) -> ConfigurationValue? {
    known.insert(key)
    return entries.first { $0.key == key }?.value
  }

  func error(_ key: String, _ problem: String, cure: String? = nil) -> InputError {
    InputError(path: path + [key], problem: problem, cure: cure)
  }

  private func mistyped(_ key: String, _ value: ConfigurationValue, expected: String) -> InputError {
    error(key, "must be \(expected), is \(value.kind)", cure: "write \(expected), or leave the option out")
  }

  // MARK: Typed options

  mutating func boolean(_ key: String, default fallback: Bool) throws(InputError) -> Bool {
    switch take(key) {
    case nil: return fallback
    case .bool(let value): return value
    case let value?: throw mistyped(key, value, expected: "true or false")
    }
  }

  /// `nil` when absent or null.
  mutating func optionalBoolean(_ key: String) throws(InputError) -> Bool? {
    switch take(key) {
    case nil, .null: return nil
    case .bool(let value): return value
    case let value?: throw mistyped(key, value, expected: "true, false or null")
    }
  }

  mutating func integer(
    _ key: String, default fallback: Int, in bounds: ClosedRange<Int>
  ) throws(InputError) -> Int {
    switch take(key) {
    case nil: return fallback
    case let value?: return try integer(value, key, in: bounds, expected: "an integer")
    }
  }

  /// `nil` when absent or null.
  mutating func optionalInteger(_ key: String, in bounds: ClosedRange<Int>) throws(InputError) -> Int? {
    switch take(key) {
    case nil, .null: return nil
    case let value?: return try integer(value, key, in: bounds, expected: "an integer or null")
    }
  }

  private func integer(
    _ value: ConfigurationValue, _ key: String, in bounds: ClosedRange<Int>, expected: String
  ) throws(InputError) -> Int {
    let integer: Int
    switch value {
    case .integer(let value): integer = value
    case .number(let value):
      // Python's writers turn 2048 into 2048.0 where a size went through arithmetic.
      guard let whole = Int(exactly: value) else {
        throw error(key, "must be \(expected), is \(value)", cure: "write \(expected), or leave the option out")
      }
      integer = whole
    default: throw mistyped(key, value, expected: expected)
    }
    guard bounds.contains(integer) else {
      let end = integer < bounds.lowerBound ? "\(bounds.lowerBound) or more" : "\(bounds.upperBound) or less"
      throw error(
        key, "must be between \(bounds.lowerBound) and \(bounds.upperBound), is \(integer)", cure: "write \(end)")
    }
    return integer
  }

  mutating func number(
    _ key: String, default fallback: Double, _ requirement: NumberRequirement = .finite
  ) throws(InputError) -> Double {
    switch take(key) {
    case nil: return fallback
    case let value?: return try number(value, key, requirement, expected: "a number")
    }
  }

  /// `nil` when absent or null.
  mutating func optionalNumber(
    _ key: String, _ requirement: NumberRequirement = .finite
  ) throws(InputError) -> Double? {
    switch take(key) {
    case nil, .null: return nil
    case let value?: return try number(value, key, requirement, expected: "a number or null")
    }
  }

  func number(
    _ value: ConfigurationValue, _ key: String, _ requirement: NumberRequirement, expected: String
  ) throws(InputError) -> Double {
    let number: Double
    switch value {
    case .integer(let value): number = Double(value)
    case .number(let value): number = value
    default: throw mistyped(key, value, expected: expected)
    }
    guard requirement.accepts(number) else {
      throw error(
        key, "must be \(requirement.text), is \(value.scalarText)",
        cure: "write \(requirement.cure), or leave the option out")
    }
    return number
  }

  mutating func string(_ key: String, default fallback: String) throws(InputError) -> String {
    switch take(key) {
    case nil: return fallback
    case .string(let value): return value
    case let value?: throw mistyped(key, value, expected: "a string")
    }
  }

  /// `nil` when absent or null.
  mutating func optionalString(_ key: String) throws(InputError) -> String? {
    switch take(key) {
    case nil, .null: return nil
    case .string(let value): return value
    case let value?: throw mistyped(key, value, expected: "a string or null")
    }
  }

  /// One of `choices` by name.
  mutating func choice<Choice>(
    _ key: String, default fallback: String, of choices: KeyValuePairs<String, Choice>
  ) throws(InputError) -> Choice {
    let name = try string(key, default: fallback)
    if let choice = choices.first(where: { $0.key == name }) { return choice.value }
    let names = choices.map(\.key)
    throw error(key, "\(quoted(name)) is not supported", cure: Suggestion.cure(for: name, among: names))
  }

  /// The options in a nested mapping.
  mutating func mapping(_ key: String) throws(InputError) -> OptionReader {
    try OptionReader(take(key), path: path + [key])
  }

  // MARK: Options without effect

  /// Accepts options that change nothing in inference, when they have one of the types they can have.
  mutating func ignore(_ keys: String..., as kinds: Set<OptionKind>) throws(InputError) {
    for key in keys {
      guard let value = take(key) else { continue }
      guard kinds.contains(where: { $0.matches(value) }) else {
        let expected = kinds.map(\.rawValue).sorted().joined(separator: " or ")
        throw mistyped(key, value, expected: expected)
      }
    }
  }

  /// Refuses the first key that was never asked for.
  func refuseUnknown() throws(InputError) {
    guard let unknown = entries.first(where: { !known.contains($0.key) }) else { return }
    throw InputError(
      path: path + [quoted(unknown.key)], problem: "is no known option",
      cure: Suggestion.closest(to: unknown.key, among: known.sorted()).map { "did you mean '\($0)'?" }
        ?? "remove it only if the model is the same without it")
  }
}

/// Types that an option without effect may have.
enum OptionKind: String {
  case null
  case boolean = "true or false"
  case number = "a number"
  case string = "a string"
  case list = "a list"
  case mapping = "a mapping"

  func matches(_ value: ConfigurationValue) -> Bool {
    switch (self, value) {
    case (.null, .null), (.boolean, .bool), (.number, .integer), (.number, .number), (.string, .string),
      (.list, .array), (.mapping, .object):
      true
    default: false
    }
  }
}

/// What a number must be. Numbers end as `Float`, so all must be finite as such.
enum NumberRequirement {
  case finite
  case positive
  case nonNegative
  case probability

  var text: String {
    switch self {
    case .finite: "a finite number"
    case .positive: "a finite number above 0"
    case .nonNegative: "a finite number not below 0"
    case .probability: "between 0 and 1"
    }
  }

  var cure: String { self == .probability ? "a number between 0 and 1" : text }

  func accepts(_ number: Double) -> Bool {
    guard Float(number).isFinite else { return false }
    switch self {
    case .finite: return true
    // What Float rounds to zero would divide by zero.
    case .positive: return Float(number) > 0
    case .nonNegative: return number >= 0
    case .probability: return (0...1).contains(number)
    }
  }
}

extension ConfigurationValue {
  /// A scalar as messages show it.
  var scalarText: String {
    switch self {
    case .null: "null"
    case .bool(let value): String(value)
    case .integer(let value): String(value)
    case .number(let value): String(value)
    case .string(let value): quoted(value)
    case .array, .object: kind
    }
  }
}
