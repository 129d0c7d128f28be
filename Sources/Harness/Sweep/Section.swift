import Transformer

/// A checked value with its place, for faults that show only once it meets other values.
struct Located<Value> {
  let value: Value
  let range: SourceRange
  /// Where the value was written, which is elsewhere when an interpolation brought it.
  let cause: SourceRange
}

/// Whether a key may be absent or null.
enum Requirement {
  case required
  case optional
}

/// Reads the keys of one mapping and reports those that are missing, unknown or wrong.
///
/// The known keys are those that were asked for: call `finish` once all have been.
final class Section {
  /// The dotted path of the mapping; empty for the file itself.
  let path: String
  private let pairs: [YAMLNode.Pair]
  /// Where to report what is missing.
  let range: SourceRange
  let log: DiagnosticLog
  private var known: [String] = []
  private var missing: [(key: String, example: String)] = []

  init(_ pairs: [YAMLNode.Pair], path: String, range: SourceRange, log: DiagnosticLog) {
    self.pairs = pairs
    self.path = path
    self.range = range
    self.log = log
  }

  /// The key's full name.
  func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// The value under a key, whatever it is.
  func node(_ key: String) -> YAMLNode? { pairs.first { $0.key == key }?.value }

  /// The pair under a key that is now known; a null value counts as absent unless the key is required.
  func pair(_ key: String, _ requirement: Requirement = .optional, example: String) -> YAMLNode.Pair? {
    known.append(key)
    guard let pair = pairs.first(where: { $0.key == key }) else {
      if requirement == .required { missing.append((key, example)) }
      return nil
    }
    if requirement == .optional, pair.value.value == .null { return nil }
    return pair
  }

  /// Reports keys that nobody asked for and required ones that are not there.
  ///
  /// - Parameter others: Keys that are read elsewhere.
  func finish(others: [String] = [], hint: (String) -> String? = { _ in nil }) {
    known += others
    // The file's own keys are too many to list.
    let other =
      path.isEmpty
      ? "remove it, or move it into variables: if interpolations name it"
      : "known keys: \(known.joined(separator: ", "))"
    var meant: Set<String> = []
    for pair in pairs where !known.contains(pair.key) {
      let place = path.isEmpty ? "" : " in \(path)"
      let near = Suggestion.closest(to: pair.key, among: known)
      if let near { meant.insert(near) }
      log.report(
        Diagnostic(
          "unknown key \(Excerpt.quoted(pair.key))\(place)",
          cure: hint(pair.key) ?? near.map { "did you mean '\($0)'?" }
            ?? other,
          at: pair.keyRange))
    }
    // A required key that was misspelt has been reported already.
    for (key, example) in missing where !meant.contains(key) {
      var place = range
      if path.isEmpty { place.length = 0 }
      log.reportMissing(Diagnostic("\(name(key)) is missing", cure: "add '\(key): \(example)'", at: place))
    }
  }

  /// Reports that a key's value is not what it must be.
  ///
  /// - Parameter subject: What the sentence calls the value: the key's full name, unless the value is a list's entry.
  func report(
    _ key: String, _ node: YAMLNode, mustBe expected: String, example: String, subject: String? = nil
  ) {
    var cure = "write \(assignment(key, example, at: node.range))"
    if let scalar = node.scalar, !scalar.isPlain, case .string = scalar.value, expected.hasPrefix("a") {
      let plain = ConfigurationValue(plainScalar: scalar.text)
      if case .string = plain {} else { cure = "remove the quotes" }
    }
    report("\(subject ?? name(key)) must be \(expected), not \(Self.describe(node))", cure: cure, at: node)
  }

  /// Reports a fault of a value.
  func report(_ message: String, cure: String?, at node: YAMLNode) {
    log.report(Diagnostic(message, cure: cure, at: node.range), cause: node.cause)
  }

  /// Reports a fault of a value that was accepted on its own.
  func report(_ message: String, cure: String?, at located: Located<some Any>) {
    log.report(Diagnostic(message, cure: cure, at: located.range), cause: located.cause)
  }

  /// How to write a value in the file or, when that is where it came from, on the command line, where a shell would take
  /// a mapping's braces for its own.
  func assignment(_ key: String, _ example: String, at range: SourceRange) -> String {
    guard range.source.isArgument else { return "\(key): \(example)" }
    if example.hasPrefix("{") { return "'\(name(key))=\(example)'" }
    return "\(name(key))=\(example.filter { $0 != " " })"
  }

  /// "a string ('five')", "a list", ….
  static func describe(_ node: YAMLNode) -> String {
    guard let scalar = node.scalar, scalar.value != .null else { return node.value.kind }
    if case .string(let text) = scalar.value { return "\(scalar.value.kind) (\(Excerpt.quoted(text)))" }
    return "\(scalar.value.kind) (\(Excerpt.printable(String(scalar.text.prefix(40)))))"
  }
}
