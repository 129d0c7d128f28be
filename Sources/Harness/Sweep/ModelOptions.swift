import Transformer

/// The options of a `model:` section with their places, on their way to a configuration.
struct ModelOptions {
  private var node: YAMLNode
  private let log: DiagnosticLog

  init(_ pairs: [YAMLNode.Pair], at range: SourceRange, log: DiagnosticLog) {
    node = YAMLNode(.mapping(pairs), at: range)
    self.log = log
  }

  /// The configuration that the options describe, or `nil` with every independent fault reported.
  ///
  /// The model's reader stops at its first error. To find the others it is asked again without the option at fault,
  /// until it has none or an error that may only be a consequence: one about an option that is not in the file, or
  /// one that speaks of an option at fault.
  func configuration() -> ModelConfiguration? {
    var options = self
    var accused: [String] = []
    while true {
      do {
        let configuration = try resolveModel(options.node.value)
        return accused.isEmpty ? configuration : nil
      } catch {
        let path = error.path.map(Self.unquoted)
        let words = Set("\(error.problem) \(error.cure ?? "")".split { !$0.isLetter && !$0.isNumber && $0 != "_" })
        let isConsequence = accused.contains { words.contains(Substring($0)) }
        guard accused.isEmpty || (options.node.contains(path) && !isConsequence) else { return nil }
        report(error, at: path)
        guard let key = path.last, accused.count < 16, options.node.contains(path) else { return nil }
        accused.append(key)
        options.node = options.node.removing(path[...])
      }
    }
  }

  /// Reports an error at the option it names, or at the nearest section around it that is in the file.
  private func report(_ error: InputError, at path: [String]) {
    var place = node.range
    var cause = node.cause
    var current = node
    for name in path {
      guard let child = current.child(name) else { break }
      let key = current.pairs?.first { $0.key == name }?.keyRange ?? child.range
      place = key.joined(to: child.range)
      // An option that came by interpolation is at fault where its value was written; a wrong name is at fault itself.
      cause = child.cause
      current = child
    }
    let name = (["model"] + path).joined(separator: ".")
    log.report(Diagnostic("\(Excerpt.printable(name)) \(error.problem)", cure: error.cure, at: place), cause: cause)
  }

  /// Readers put quotes around a name that a user invented.
  private static func unquoted(_ name: String) -> String {
    name.count > 2 && name.hasPrefix("'") && name.hasSuffix("'") ? String(name.dropFirst().dropLast()) : name
  }
}

extension YAMLNode {
  fileprivate func contains(_ path: [String]) -> Bool {
    var node: YAMLNode? = self
    for name in path { node = node?.child(name) }
    return node != nil && !path.isEmpty
  }

  /// The tree without the value at a path.
  fileprivate func removing(_ path: ArraySlice<String>) -> YAMLNode {
    guard let name = path.first else { return self }
    let rest = path.dropFirst()
    var node = self
    switch content {
    case .scalar: break
    case .mapping(let pairs):
      node.content = .mapping(
        pairs.compactMap { pair in
          guard pair.key == name else { return pair }
          guard !rest.isEmpty else { return nil }
          var pair = pair
          pair.value = pair.value.removing(rest)
          return pair
        })
    case .sequence(let elements):
      guard let index = Int(name), elements.indices.contains(index) else { break }
      var elements = elements
      if rest.isEmpty { elements.remove(at: index) } else { elements[index] = elements[index].removing(rest) }
      node.content = .sequence(elements)
    }
    return node
  }
}
