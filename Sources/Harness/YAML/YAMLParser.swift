import Transformer

/// Builds the tree of a YAML document, with bounds on everything that a hostile file could make large.
struct YAMLParser {
  /// Values of a document once its aliases are written out.
  static let maximumNodeCount = 10_000
  /// Lists and mappings inside each other.
  static let maximumDepth = 64

  /// A list or mapping whose end has not been read yet.
  private struct Open {
    let range: SourceRange
    let anchor: String?
    let isMapping: Bool
    var elements: [YAMLNode] = []
    var pairs: [YAMLNode.Pair] = []
    var places: [String: SourceRange] = [:]
    /// What `<<` brought in, the first mapping that has a key winning.
    var merged: [YAMLNode.Pair] = []
    var mergedKeys: Set<String> = []
    /// A key that waits for its value; whether it is `<<`.
    var key: (name: String, range: SourceRange, isMerge: Bool)?
  }

  private let reader: YAMLEventReader
  private var stack: [Open] = []
  private var anchors: [String: YAMLNode] = [:]
  private var nodeCount = 0
  private var root: YAMLNode?

  /// Parses a text with at most one document.
  ///
  /// - Parameter columnOffset: Columns of the source's first line before the text.
  /// - Returns: `nil` when there is nothing but comments.
  static func parse(_ text: String, in source: SourceText, columnOffset: Int = 0) throws(Diagnostic) -> YAMLNode? {
    var parser = YAMLParser(reader: YAMLEventReader(text, in: source, columnOffset: columnOffset))
    return try parser.document()
  }

  private init(reader: YAMLEventReader) { self.reader = reader }

  private mutating func document() throws(Diagnostic) -> YAMLNode? {
    var documents = 0
    while true {
      let event = try reader.next()
      switch event.kind {
      case .streamEnd: return root
      case .streamStart, .documentEnd: break
      case .documentStart:
        documents += 1
        if documents > 1 {
          throw Diagnostic(
            "a second document starts here; a sweep is one document", cure: "keep one sweep in the file",
            at: event.range)
        }
      case .scalar(let text, let isPlain, let tag, let anchor):
        let value = try Self.value(of: text, isPlain: isPlain, tag: tag, at: event.range)
        let scalar = YAMLNode.Scalar(text: text, isPlain: isPlain, value: value)
        let node = YAMLNode(.scalar(scalar), at: event.range)
        if let anchor { anchors[anchor] = node }
        try add(node)
      case .alias(let name): try addAlias(name, at: event.range)
      case .sequenceStart(let anchor): try open(anchor: anchor, isMapping: false, at: event.range)
      case .mappingStart(let anchor): try open(anchor: anchor, isMapping: true, at: event.range)
      case .collectionEnd: try close()
      }
    }
  }

  private mutating func open(anchor: String?, isMapping: Bool, at range: SourceRange) throws(Diagnostic) {
    if stack.count == Self.maximumDepth {
      throw Diagnostic(
        "nested deeper than \(Self.maximumDepth) levels", cure: "a sweep needs no more than four", at: range)
    }
    if let anchor { anchors[anchor] = nil }
    stack.append(Open(range: range, anchor: anchor, isMapping: isMapping))
  }

  private mutating func close() throws(Diagnostic) {
    let open = stack.removeLast()
    var pairs = open.pairs
    // Keys of the mapping itself win over merged ones.
    for pair in open.merged where open.places[pair.key] == nil { pairs.append(pair) }
    let node = YAMLNode(open.isMapping ? .mapping(pairs) : .sequence(open.elements), at: open.range)
    if let anchor = open.anchor { anchors[anchor] = node }
    try add(node, counting: 1)
  }

  private mutating func addAlias(_ name: String, at range: SourceRange) throws(Diagnostic) {
    if stack.contains(where: { $0.anchor == name }) {
      throw Diagnostic(
        "alias *\(name) stands inside its own anchor &\(name)", cure: "a value cannot contain itself", at: range)
    }
    guard let node = anchors[name] else {
      throw Diagnostic(
        "unknown alias *\(Excerpt.printable(name))",
        cure: Suggestion.closest(to: name, among: anchors.keys.sorted()).map { "did you mean *\($0)?" }
          ?? "define it above with &\(Excerpt.printable(name))", at: range)
    }
    try add(node, counting: node.nodeCount, usedAt: range)
  }

  /// Puts a finished value where it belongs: the root, a list, or behind the waiting key.
  private mutating func add(
    _ node: YAMLNode, counting count: Int = 1, usedAt use: SourceRange? = nil
  ) throws(Diagnostic) {
    let range = use ?? node.range
    nodeCount += count
    if nodeCount > Self.maximumNodeCount { throw Self.tooLarge(at: range) }
    guard var open = stack.popLast() else {
      root = node
      return
    }
    defer { stack.append(open) }
    if !open.isMapping {
      open.elements.append(node)
    } else if let key = open.key {
      open.key = nil
      if key.isMerge {
        try merge(node, into: &open, at: range)
      } else {
        open.pairs.append(YAMLNode.Pair(key: key.name, keyRange: key.range, value: node))
      }
    } else {
      guard let scalar = node.scalar else {
        throw Diagnostic("a key must be a name, not \(node.value.kind)", cure: "write 'key: value'", at: range)
      }
      let isMerge = scalar.isPlain && scalar.text == "<<"
      if !isMerge, let first = open.places.updateValue(range, forKey: scalar.text) {
        throw Diagnostic(
          "duplicate key \(Excerpt.quoted(scalar.text)), first on line \(first.line)", cure: "keep one of the two",
          at: range)
      }
      open.key = (scalar.text, range, isMerge)
    }
  }

  private mutating func merge(_ node: YAMLNode, into open: inout Open, at range: SourceRange) throws(Diagnostic) {
    for mapping in node.elements ?? [node] {
      guard let pairs = mapping.pairs else {
        throw Diagnostic(
          "<< must be given a mapping or a list of mappings, not \(mapping.value.kind)",
          cure: "write <<: *anchor with an anchor on a mapping", at: range)
      }
      for pair in pairs where open.mergedKeys.insert(pair.key).inserted { open.merged.append(pair) }
      // Merged values count again: they are written out here.
      nodeCount += mapping.nodeCount
      if nodeCount > Self.maximumNodeCount { throw Self.tooLarge(at: range) }
    }
  }

  private static func tooLarge(at range: SourceRange) -> Diagnostic {
    Diagnostic(
      "more than \(maximumNodeCount) values", cure: "a sweep needs a few dozen: write it without aliases",
      at: range)
  }

  private static func value(
    of text: String, isPlain: Bool, tag: String?, at range: SourceRange
  ) throws(Diagnostic) -> ConfigurationValue {
    let plain = ConfigurationValue(plainScalar: text)
    switch tag {
    case nil: return isPlain ? plain : .string(text)
    case "!", "tag:yaml.org,2002:str": return .string(text)
    case "tag:yaml.org,2002:int": if case .integer = plain { return plain }
    case "tag:yaml.org,2002:bool": if case .bool = plain { return plain }
    case "tag:yaml.org,2002:null": if case .null = plain { return plain }
    case "tag:yaml.org,2002:float":
      if case .integer(let value) = plain { return .number(Double(value)) }
      if case .number = plain { return plain }
    default:
      throw Diagnostic("unknown tag \(Excerpt.quoted(tag ?? ""))", cure: "remove the tag", at: range)
    }
    throw Diagnostic("\(Excerpt.quoted(text)) is not what its tag says", cure: "remove the tag", at: range)
  }
}
