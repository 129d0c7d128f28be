extension Tokenizer.Parts {
  /// Refuses rules after which it is not known which piece begins the text, where `Metaspace` asks for it.
  ///
  /// With the `prepend_scheme` first the original marks each piece whose first character comes from the text's first one.
  /// Here that is the first piece, if nothing was taken away in front of it. A normalizer that removes characters or makes
  /// several of one may tell the two apart.
  func checkFirstPiece() throws(InputError) {
    let (before, isMarked) = preTokenizer?.rulesBeforeFirstMark ?? ([], false)
    guard isMarked else { return }
    func refuse(_ key: String, _ what: String) -> InputError {
      InputError(
        path: [key], problem: "\(what) beside a Metaspace with the prepend_scheme first is not supported",
        cure: "let prepend_scheme be always or never, if the model was trained so")
    }
    let cuts = !before.isEmpty || addedTokens.contains(where: \.isNormalized)
    var expands = false
    for normalizer in normalizer?.flattened ?? [] {
      switch normalizer {
      case .sequence: break
      case .stripAccents: throw refuse("normalizer", "StripAccents")
      case .replace(let pattern, let content):
        guard let literal = pattern.literal, Self.isOneScalar(literal), Self.isOneScalar(content) else {
          throw refuse("normalizer", "a Replace of more or less than one character by another")
        }
      case .strip(let left, _): if left, expands { throw refuse("normalizer", "a Strip behind other normalizers") }
      case .form, .lowercase, .prepend, .byteLevel:
        if cuts {
          throw refuse("normalizer", "a normalizer that may add characters, with rules or added tokens that cut text,")
        }
        expands = true
      }
    }
    for rule in before {
      switch rule {
      case .byteLevel, .metaspace: throw refuse("pre_tokenizer", "a rule that rewrites text in front of it,")
      default: break
      }
    }
  }

  /// Whether `Metaspace` marks the first piece alone.
  var marksFirstPiece: Bool { preTokenizer?.rulesBeforeFirstMark.isMarked ?? false }

  /// Whether a normalizer puts something in front of all text.
  var prependsMark: Bool {
    normalizer?.flattened.contains { if case .prepend = $0 { true } else { false } } ?? false
  }

  private static func isOneScalar(_ bytes: [UInt8]) -> Bool {
    bytes.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 } == 1
  }
}

extension Normalizer {
  /// The rules of nested lists, in order.
  fileprivate var flattened: [Normalizer] {
    if case .sequence(let rules) = self { rules.flatMap(\.flattened) } else { [self] }
  }
}

extension PreTokenizer {
  private var flattened: [PreTokenizer] {
    if case .sequence(let rules) = self { rules.flatMap(\.flattened) } else { [self] }
  }

  /// The rules in front of the last `Metaspace` that marks the first piece alone, and whether there is one.
  fileprivate var rulesBeforeFirstMark: (rules: [PreTokenizer], isMarked: Bool) {
    let rules = flattened
    let place = rules.lastIndex { if case .metaspace(_, .first, _) = $0 { true } else { false } }
    return place.map { (Array(rules[..<$0]), true) } ?? ([], false)
  }
}
