import Transformer

/// A `key=value` argument of the command line: sets one value of the sweep before interpolations are replaced.
struct Override {
  /// Names from the top level down, with their places in the argument.
  let path: [(name: String, range: SourceRange)]
  let value: YAMLNode

  /// Reads an argument such as `model.attn_config.alibi=true` or `batch_sizes=[1,2]`.
  ///
  /// The value is YAML, as it would stand behind `key:` in a file; nothing behind the `=` is null.
  init(_ argument: String) throws(Diagnostic) {
    let source = SourceText(argument, from: .argument)
    func range(_ column: Int, _ length: Int) -> SourceRange {
      SourceRange(source: source, line: 1, column: column, length: max(1, length))
    }
    guard let equals = argument.unicodeScalars.firstIndex(of: "=") else {
      throw Diagnostic(
        "not an override", cure: "write key=value, as in batch_sizes=[1,2]",
        at: range(1, argument.unicodeScalars.count))
    }
    let names = argument.unicodeScalars[..<equals].split(separator: ".", omittingEmptySubsequences: false)
    var path: [(String, SourceRange)] = []
    var column = 1
    for name in names {
      let place = range(column, name.count)
      if name.isEmpty || name.contains(where: { $0.properties.isWhitespace }) {
        throw Diagnostic(
          "\(Excerpt.quoted(String(argument.unicodeScalars[..<equals]))) is no key",
          cure: "write names with dots between them, as in model.n_layers=2", at: place)
      }
      if path.count == YAMLParser.maximumDepth { throw Diagnostic("too many levels", at: place) }
      path.append((String(name), place))
      column += name.count + 1
    }
    self.path = path
    let text = String(argument.unicodeScalars[argument.unicodeScalars.index(after: equals)...])
    let null = YAMLNode(
      .scalar(.init(text: "", isPlain: true, value: .null)), at: range(column, 1))
    value = try YAMLParser.parse(text, in: source, columnOffset: column - 1) ?? null
  }

  /// Sets the value in the tree; mappings that are missing on the way are created.
  func apply(to root: inout YAMLNode) throws(Diagnostic) {
    try set(path[...], in: &root)
  }

  private func set(
    _ rest: ArraySlice<(name: String, range: SourceRange)>, in node: inout YAMLNode
  ) throws(Diagnostic) {
    guard let (name, range) = rest.first else {
      node = Self.merge(value, over: node)
      return
    }
    var pairs = node.pairs ?? []
    if node.pairs == nil, node.value != .null {
      let parent = path[..<rest.startIndex].map(\.name).joined(separator: ".")
      var cure = "set \(Excerpt.printable(parent)) as a whole"
      if node.elements != nil { cure += ": \(Excerpt.printable(parent))=[…]" }
      throw Diagnostic(
        "\(Excerpt.quoted(parent)) is \(node.value.kind) and has no keys", cure: cure, at: range)
    }
    let index = pairs.firstIndex { $0.key == name }
    let empty = YAMLNode(.mapping([]), at: range)
    var pair = index.map { pairs[$0] } ?? YAMLNode.Pair(key: name, keyRange: range, value: empty)
    try set(rest.dropFirst(), in: &pair.value)
    if rest.count == 1 { pair.keyRange = range }
    if let index { pairs[index] = pair } else { pairs.append(pair) }
    node = YAMLNode(.mapping(pairs), at: node.pairs == nil ? range : node.range)
  }

  /// Mappings are merged key by key, all else is replaced.
  private static func merge(_ new: YAMLNode, over old: YAMLNode) -> YAMLNode {
    guard let newPairs = new.pairs, var pairs = old.pairs, !newPairs.isEmpty else { return new }
    for pair in newPairs {
      if let index = pairs.firstIndex(where: { $0.key == pair.key }) {
        let value = merge(pair.value, over: pairs[index].value)
        pairs[index] = YAMLNode.Pair(key: pair.key, keyRange: pair.keyRange, value: value)
      } else {
        pairs.append(pair)
      }
    }
    return YAMLNode(.mapping(pairs), at: old.range)
  }
}
