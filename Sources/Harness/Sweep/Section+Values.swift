import Transformer

extension Section {
  /// No size, length or count of a sweep is larger.
  static let largestInteger = Int(Int32.max)

  /// An integer in `bounds`.
  func integer(
    _ key: String, _ requirement: Requirement = .optional, in bounds: ClosedRange<Int>, example: String
  ) -> Located<Int>? {
    pair(key, requirement, example: example).flatMap { integer(key, $0.value, in: bounds, example: example) }
  }

  private func integer(
    _ key: String, _ node: YAMLNode, in bounds: ClosedRange<Int>, example: String, subject: String? = nil
  ) -> Located<Int>? {
    func reportOutside(isLow: Bool) {
      let limit = isLow ? "at least \(bounds.lowerBound)" : "at most \(bounds.upperBound)"
      let text = Excerpt.printable(String(node.scalar?.text.prefix(40) ?? ""))
      report(
        "\(subject ?? name(key)) must be \(limit), not \(text)",
        cure: "write \(assignment(key, example, at: node.range))", at: node)
    }
    switch node.value {
    case .integer(let value) where bounds.contains(value):
      return Located(value: value, range: node.range, cause: node.cause)
    case .integer(let value):
      reportOutside(isLow: value < bounds.lowerBound)
    case .number(let value) where value.isFinite && abs(value) >= 0x1p63:
      reportOutside(isLow: value < 0)
    case .number(let value) where subject == nil && value == value.rounded() && abs(value) < 0x1p31:
      report(key, node, mustBe: "an integer", example: "\(Int(value))")
    default:
      report(key, node, mustBe: "an integer", example: example, subject: subject)
    }
    return nil
  }

  /// A list of integers, not empty; duplicates stay.
  func integers(
    _ key: String, _ requirement: Requirement = .optional, in bounds: ClosedRange<Int>, maximumCount: Int,
    example: String
  ) -> [Located<Int>]? {
    guard let node = pair(key, requirement, example: example)?.value else { return nil }
    guard let elements = node.elements else {
      var written = example
      if case .integer = node.value, let text = node.scalar?.text { written = "[\(text)]" }
      report(key, node, mustBe: "a list of integers", example: written)
      return nil
    }
    if elements.isEmpty {
      let cure = "write \(assignment(key, example, at: node.range))"
      report("\(name(key)) is an empty list: nothing would be measured", cure: cure, at: node)
      return nil
    }
    if elements.count > maximumCount {
      report(
        "\(name(key)) has \(elements.count) entries, more than \(maximumCount)", cure: "split the sweep into several",
        at: node)
      return nil
    }
    let values = elements.compactMap {
      integer(key, $0, in: bounds, example: example, subject: "an entry of \(name(key))")
    }
    return values.count == elements.count ? values : nil
  }

  /// A number in `bounds`; an integer counts as one.
  func number(
    _ key: String, _ requirement: Requirement = .optional, in bounds: ClosedRange<Double>, example: String
  ) -> Located<Double>? {
    guard let node = pair(key, requirement, example: example)?.value else { return nil }
    let value: Double
    switch node.value {
    case .integer(let integer): value = Double(integer)
    case .number(let number): value = number
    default:
      report(key, node, mustBe: "a number", example: example)
      return nil
    }
    guard bounds.contains(value) else {
      let range = "a number from \(Self.short(bounds.lowerBound)) to \(Self.short(bounds.upperBound))"
      report(key, node, mustBe: range, example: example)
      return nil
    }
    return Located(value: value, range: node.range, cause: node.cause)
  }

  private static func short(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 0x1p53 ? "\(Int(value))" : "\(value)"
  }

  func boolean(_ key: String, _ requirement: Requirement = .optional, example: String) -> Located<Bool>? {
    guard let node = pair(key, requirement, example: example)?.value else { return nil }
    guard case .bool(let value) = node.value else {
      report(key, node, mustBe: "true or false", example: example)
      return nil
    }
    return Located(value: value, range: node.range, cause: node.cause)
  }

  /// A text of one line that is not empty. A plain number counts: `benchmark_name: 7` needs no quotes.
  func text(_ key: String, _ requirement: Requirement = .optional, example: String) -> Located<String>? {
    guard let node = pair(key, requirement, example: example)?.value else { return nil }
    let text: String
    switch node.value {
    case .string(let string): text = string
    case .integer, .number: text = node.scalar?.text ?? ""
    default:
      report(key, node, mustBe: "a string", example: example)
      return nil
    }
    if text.isEmpty {
      report("\(name(key)) is empty", cure: "write \(assignment(key, example, at: node.range))", at: node)
      return nil
    }
    if text.utf8.count > 4096 || text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      report("\(name(key)) must be one short line of text", cure: "remove line breaks and control characters", at: node)
      return nil
    }
    return Located(value: text, range: node.range, cause: node.cause)
  }

  /// A text, or a list of some.
  func texts(_ key: String, maximumCount: Int, example: String) -> [Located<String>]? {
    guard let node = pair(key, example: example)?.value else { return nil }
    guard let elements = node.elements else { return text(key, example: example).map { [$0] } }
    let cure = "write \(assignment(key, example, at: node.range))"
    if elements.isEmpty || elements.count > maximumCount {
      report("\(name(key)) must have 1 to \(maximumCount) entries, not \(elements.count)", cure: cure, at: node)
      return nil
    }
    return elements.compactMap { element in
      guard case .string(let text) = element.value else {
        report(key, element, mustBe: "a string", example: example, subject: "an entry of \(name(key))")
        return nil
      }
      return Located(value: text, range: element.range, cause: element.cause)
    }
  }

  /// A mapping, as a section of its own.
  func section(_ key: String, _ requirement: Requirement = .optional, example: String) -> Section? {
    guard let pair = pair(key, requirement, example: example) else { return nil }
    guard let pairs = pair.value.pairs else {
      report(key, pair.value, mustBe: "a mapping", example: example)
      return nil
    }
    return Section(pairs, path: name(key), range: pair.keyRange, log: log)
  }
}
