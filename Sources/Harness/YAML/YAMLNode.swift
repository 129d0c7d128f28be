import Transformer

/// A value of a YAML document that knows where it was written.
struct YAMLNode: Sendable {
  var content: Content
  /// Where the value is used.
  var range: SourceRange
  /// Where the value was written, when an interpolation brought it here.
  var definition: SourceRange?
  /// This node and all below it, as if aliases had been written out.
  var nodeCount = 1

  enum Content: Sendable {
    case scalar(Scalar)
    case sequence([YAMLNode])
    case mapping([Pair])
  }

  /// A leaf: what was written and what it means.
  struct Scalar: Sendable {
    var text: String
    /// `false` for quoted and block scalars, which are strings whatever they look like.
    var isPlain: Bool
    var value: ConfigurationValue
  }

  /// A key with its value.
  struct Pair: Sendable {
    var key: String
    var keyRange: SourceRange
    var value: YAMLNode
  }

  init(_ content: Content, at range: SourceRange) {
    self.content = content
    self.range = range
    switch content {
    case .scalar: break
    case .sequence(let elements): for element in elements { nodeCount += element.nodeCount }
    case .mapping(let pairs): for pair in pairs { nodeCount += pair.value.nodeCount }
    }
  }

  /// The place that decides whether two faults are the same.
  var cause: SourceRange { definition ?? range }

  var scalar: Scalar? { if case .scalar(let scalar) = content { scalar } else { nil } }
  var pairs: [Pair]? { if case .mapping(let pairs) = content { pairs } else { nil } }
  var elements: [YAMLNode]? { if case .sequence(let elements) = content { elements } else { nil } }

  /// The value under a key of a mapping or at an index of a list.
  func child(_ name: String) -> YAMLNode? {
    switch content {
    case .scalar: return nil
    case .mapping(let pairs): return pairs.first { $0.key == name }?.value
    case .sequence(let elements):
      guard let index = Int(name), elements.indices.contains(index) else { return nil }
      return elements[index]
    }
  }

  /// What the node means, without places.
  var value: ConfigurationValue {
    switch content {
    case .scalar(let scalar): scalar.value
    case .sequence(let elements): .array(elements.map(\.value))
    case .mapping(let pairs): .object(pairs.map { .init(key: $0.key, value: $0.value.value) })
    }
  }
}
