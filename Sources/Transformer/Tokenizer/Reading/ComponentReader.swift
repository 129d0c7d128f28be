/// Reads one rule of tokenizer.json: a mapping with a `type`.
struct ComponentReader {
  var options: OptionReader
  let type: String

  /// Lists of rules may hold lists of rules, this deep.
  static let depthLimit = 16

  init(_ value: ConfigurationValue, path: [String]) throws(InputError) {
    options = try OptionReader(value, path: path)
    type = try options.string("type", default: "")
  }

  var path: [String] { options.path }

  func unsupported(_ what: String, known: [String]) -> InputError {
    InputError(
      path: path + ["type"], problem: "the \(what) \(quoted(type)) is not supported",
      cure: Suggestion.cure(for: type, among: known))
  }

  mutating func boolean(_ key: String, default fallback: Bool) throws(InputError) -> Bool {
    try options.boolean(key, default: fallback)
  }

  mutating func integer(_ key: String, default fallback: Int) throws(InputError) -> Int {
    try options.integer(key, default: fallback, in: 0...Int(Int32.max))
  }

  mutating func text(_ key: String) throws(InputError) -> String {
    guard case .string(let value)? = options.take(key) else {
      throw options.error(key, "must be a string", cure: "fetch the tokenizer again, or correct it")
    }
    return value
  }

  mutating func pattern(_ key: String) throws(InputError) -> TextPattern {
    try TextPattern(options.take(key), path: path + [key])
  }

  /// What a `Replace` looks for.
  mutating func replacedPattern() throws(InputError) -> TextPattern {
    let pattern = try pattern("pattern")
    guard !pattern.matchesEmpty else {
      throw options.error(
        "pattern", "\(quoted(pattern.source)) may match nothing, which is not replaced as in the original",
        cure: "write a pattern that takes text")
    }
    return pattern
  }

  /// The only character of a string.
  mutating func scalar(_ key: String, default fallback: String? = nil) throws(InputError) -> UInt32 {
    let value = options.take(key) ?? fallback.map { .string($0) }
    guard case .string(let text)? = value, text.unicodeScalars.count == 1, let scalar = text.unicodeScalars.first else {
      throw options.error(key, "must be one character", cure: "fetch the tokenizer again, or correct it")
    }
    return scalar.value
  }

  /// The name of a split behaviour, in CamelCase.
  mutating func behavior(_ key: String, default fallback: SplitBehavior) throws(InputError) -> SplitBehavior {
    let name = try options.string(key, default: fallback.rawValue)
    guard let behavior = SplitBehavior(rawValue: name) else {
      throw options.error(
        key, "\(quoted(name)) is no behaviour",
        cure: Suggestion.cure(for: name, among: SplitBehavior.allCases.map(\.rawValue)))
    }
    return behavior
  }

  /// The rules of a `Sequence`.
  mutating func list<Rule>(
    _ key: String, depth: Int, _ read: (ConfigurationValue, [String]) throws(InputError) -> Rule
  ) throws(InputError) -> [Rule] {
    guard depth < Self.depthLimit else {
      throw options.error(key, "lists of rules are nested more than \(Self.depthLimit) deep")
    }
    guard case .array(let values)? = options.take(key) else {
      throw options.error(key, "must be a list of rules", cure: "fetch the tokenizer again, or correct it")
    }
    var rules: [Rule] = []
    for (index, value) in values.enumerated() { rules.append(try read(value, path + [key, "\(index)"])) }
    return rules
  }

  /// Where `Metaspace` puts its mark; older files have a boolean beside it.
  mutating func metaspacePrefix() throws(InputError) -> MetaspacePrefix {
    let addsPrefixSpace = try options.optionalBoolean("add_prefix_space")
    let name = try options.string("prepend_scheme", default: MetaspacePrefix.always.rawValue)
    guard let prefix = MetaspacePrefix(rawValue: name) else {
      throw options.error(
        "prepend_scheme", "\(quoted(name)) is not supported", cure: "known are always, first, never")
    }
    // The original refuses these files as well.
    if addsPrefixSpace == false, prefix != .never {
      throw options.error(
        "add_prefix_space", "is false beside the prepend_scheme \(quoted(name))", cure: "let prepend_scheme be never")
    }
    return prefix
  }

  /// Accepts an option that changes no id.
  mutating func ignore(_ keys: String...) { for key in keys { _ = options.take(key) } }

  /// Refuses options that nobody asked for.
  func finish() throws(InputError) { try options.refuseUnknown() }
}
