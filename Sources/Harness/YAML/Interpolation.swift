import Transformer

/// Replaces `${key}`, `${section.key}`, `${.sibling}` and `${oc.env:NAME,default}` by what they stand for.
///
/// A scalar that is one interpolation takes the type of its target, which may be a list or a mapping; inside longer
/// text the target must be a scalar. `\${` is a plain `${`. Faults are reported one per scalar.
struct Interpolation {
  /// Interpolations and levels inside each other.
  private static let maximumDepth = 200
  private static let maximumReferenceLength = 1000
  /// Bytes of one text after interpolation.
  private static let maximumTextLength = 65_536

  private let root: YAMLNode
  private let environment: (String) -> String?
  private let log: DiagnosticLog
  private var resolved: [[String]: YAMLNode] = [:]
  /// Paths being looked up, outermost first.
  private var active: [[String]] = []
  private var depth = 0
  private var nodeCount: Int

  /// The tree without interpolations; what could not be replaced is null and reported to `log`.
  static func resolve(
    _ root: YAMLNode, environment: @escaping (String) -> String?, log: DiagnosticLog
  ) -> YAMLNode {
    var interpolation = Interpolation(root: root, environment: environment, log: log)
    return interpolation.resolve(root, at: [])
  }

  private init(root: YAMLNode, environment: @escaping (String) -> String?, log: DiagnosticLog) {
    self.root = root
    self.environment = environment
    self.log = log
    nodeCount = root.nodeCount
  }

  private mutating func resolve(_ node: YAMLNode, at path: [String]) -> YAMLNode {
    var result: YAMLNode
    switch node.content {
    case .scalar(let scalar):
      guard scalar.text.contains("${") else { return node }
      do {
        result = try expand(scalar, of: node, at: path)
      } catch {
        log.report(error)
        result = YAMLNode(.scalar(.init(text: "", isPlain: true, value: .null)), at: node.range)
      }
    case .sequence(let elements):
      depth += 1
      defer { depth -= 1 }
      let replaced = elements.enumerated().map { resolve($1, at: path + ["\($0)"]) }
      result = YAMLNode(.sequence(replaced), at: node.range)
    case .mapping(let pairs):
      depth += 1
      defer { depth -= 1 }
      let replaced = pairs.map { pair in
        var pair = pair
        pair.value = resolve(pair.value, at: path + [pair.key])
        return pair
      }
      result = YAMLNode(.mapping(replaced), at: node.range)
    }
    result.definition = result.definition ?? node.definition
    return result
  }

  /// The value of a scalar that has interpolations.
  private mutating func expand(
    _ scalar: YAMLNode.Scalar, of node: YAMLNode, at path: [String]
  ) throws(Diagnostic) -> YAMLNode {
    let parts: [InterpolationPart]
    do {
      parts = try InterpolationPart.parse(scalar.text)
    } catch {
      throw Diagnostic(error.problem, cure: error.cure, at: node.range)
    }
    if parts.count == 1, case .reference(let reference) = parts[0] {
      return try target(of: reference, from: node, at: path)
    }
    let text = try text(of: parts, from: node, at: path)
    return YAMLNode(.scalar(.init(text: text, isPlain: false, value: .string(text))), at: node.range)
  }

  private mutating func text(
    of parts: [InterpolationPart], from node: YAMLNode, at path: [String]
  ) throws(Diagnostic) -> String {
    var text = ""
    for part in parts {
      switch part {
      case .literal(let literal): text += literal
      case .reference(let reference):
        let target = try target(of: reference, from: node, at: path)
        guard let scalar = target.scalar else {
          throw Diagnostic(
            "\(Excerpt.quoted("${\(reference)}")) is \(target.value.kind) and cannot be part of a text",
            cure: "name a single value", at: node.range)
        }
        text += scalar.text
      }
      if text.utf8.count > Self.maximumTextLength {
        throw Diagnostic(
          "longer than \(Self.maximumTextLength) bytes once interpolations are replaced", cure: "shorten it",
          at: node.range)
      }
    }
    return text
  }

  /// What stands for `${reference}`, placed where it is used.
  private mutating func target(
    of reference: String, from node: YAMLNode, at path: [String]
  ) throws(Diagnostic) -> YAMLNode {
    depth += 1
    defer { depth -= 1 }
    if depth > Self.maximumDepth {
      throw Diagnostic("interpolations lead to each other without end", cure: "write the value here", at: node.range)
    }
    guard reference.utf8.count <= Self.maximumReferenceLength else {
      throw Diagnostic(
        "an interpolation longer than \(Self.maximumReferenceLength) bytes", cure: "write the value here",
        at: node.range)
    }
    // The reference may itself be built from interpolations: ${${which}.d_model}.
    var reference = reference
    if reference.contains("${") {
      let parts: [InterpolationPart]
      do { parts = try InterpolationPart.parse(reference) } catch {
        throw Diagnostic(error.problem, cure: error.cure, at: node.range)
      }
      reference = try text(of: parts, from: node, at: path)
    }
    var target: YAMLNode
    if let colon = reference.firstIndex(of: ":") {
      let arguments = String(reference[reference.index(after: colon)...])
      target = try call(String(reference[..<colon]), with: arguments, at: node.range)
    } else {
      target = try lookUp(try absolutePath(reference, from: path, at: node.range), at: node.range)
      target.definition = target.cause
    }
    nodeCount += target.nodeCount
    if nodeCount > YAMLParser.maximumNodeCount {
      throw Diagnostic(
        "more than \(YAMLParser.maximumNodeCount) values once interpolations are replaced",
        cure: "write the value here", at: node.range)
    }
    target.range = node.range
    return target
  }

  /// The path that a reference names: dots in front count levels up from the value's own mapping.
  private func absolutePath(
    _ reference: String, from path: [String], at range: SourceRange
  ) throws(Diagnostic) -> [String] {
    let dots = reference.prefix { $0 == "." }.count
    guard dots <= path.count else {
      throw Diagnostic(
        "\(Excerpt.quoted("${\(reference)}")) leads above the file's top level", cure: "use fewer dots in front",
        at: range)
    }
    let base = dots == 0 ? [] : Array(path.dropLast(dots))
    // a[0] is a.0
    let names = reference.dropFirst(dots).replacing("[", with: ".").replacing("]", with: "")
      .split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard !names.contains(""), names.count <= YAMLParser.maximumDepth else {
      throw Diagnostic(
        "\(Excerpt.quoted("${\(reference)}")) names nothing", cure: "write ${key} or ${section.key}", at: range)
    }
    return base + names
  }

  private mutating func lookUp(_ path: [String], at range: SourceRange) throws(Diagnostic) -> YAMLNode {
    var node = root
    var isResolved = false
    for (index, name) in path.enumerated() {
      // What lies below an interpolation exists only once that is replaced.
      if !isResolved, node.scalar?.text.contains("${") == true {
        node = try resolvedNode(node, at: Array(path[..<index]), for: range)
        isResolved = true
      }
      guard let child = node.child(name) else {
        let near = Suggestion.closest(to: name, among: node.pairs?.map(\.key) ?? [])
        let meant = near.map { (path[..<index] + [$0] + path[(index + 1)...]).joined(separator: ".") }
        let cure = meant.map { "did you mean '${\(Excerpt.printable($0))}'?" } ?? "define it, or write the value here"
        throw Diagnostic(
          "unknown key \(Excerpt.quoted(path.joined(separator: "."))) in an interpolation", cure: cure, at: range)
      }
      node = child
    }
    return isResolved ? node : try resolvedNode(node, at: path, for: range)
  }

  private mutating func resolvedNode(
    _ node: YAMLNode, at path: [String], for range: SourceRange
  ) throws(Diagnostic) -> YAMLNode {
    if let known = resolved[path] { return known }
    if let first = active.firstIndex(of: path) {
      let cycle = (active[first...] + [path]).map { $0.joined(separator: ".") }.joined(separator: " → ")
      throw Diagnostic(
        "interpolations form a cycle: \(Excerpt.printable(cycle))", cure: "write one of the values out", at: range)
    }
    active.append(path)
    defer { active.removeLast() }
    let result = resolve(node, at: path)
    resolved[path] = result
    return result
  }

  /// Resolvers: only OmegaConf's `oc.env`.
  private func call(_ name: String, with arguments: String, at range: SourceRange) throws(Diagnostic) -> YAMLNode {
    guard name == "oc.env" else {
      throw Diagnostic(
        "unknown resolver \(Excerpt.quoted(name))", cure: "only ${oc.env:VARIABLE,default} is known", at: range)
    }
    let parts = arguments.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
    let variable = parts[0].trimmingSpaces
    if let text = environment(variable) ?? (parts.count > 1 ? parts[1].trimmingSpaces : nil) {
      // A number in the environment is a number here, as it would be if it stood in the file.
      return YAMLNode(
        .scalar(.init(text: text, isPlain: true, value: ConfigurationValue(plainScalar: text))), at: range)
    }
    throw Diagnostic(
      "environment variable \(Excerpt.quoted(variable)) is not set",
      cure: "set it, or give a default: ${oc.env:\(Excerpt.printable(variable)),default}", at: range)
  }
}

extension Substring {
  fileprivate var trimmingSpaces: String {
    let head = drop { $0 == " " }
    return String(head.prefix(upTo: head.lastIndex { $0 != " " }.map(head.index(after:)) ?? head.startIndex))
  }
}
