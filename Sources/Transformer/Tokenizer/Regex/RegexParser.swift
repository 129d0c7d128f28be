/// Parses the syntax of regular expressions that tokenizer.json files use, with Oniguruma's meaning.
///
/// Groups capture nothing. Assertions look at one character; back references, atomic groups, possessive repetition and
/// script names are errors that say so. Nesting and size are limited, so a hostile pattern costs no more than its length.
struct RegexParser {
  private let scalars: [Unicode.Scalar]
  var position = 0
  private var depth = 0
  private var ignoresCase = false
  private var folds = CaseFolds()

  private static let depthLimit = 50
  private static let lengthLimit = 8192

  static func parse(_ pattern: String) throws(RegexError) -> RegexNode {
    let scalars = Array(pattern.unicodeScalars)
    guard scalars.count <= lengthLimit else {
      throw RegexError(problem: "it has \(scalars.count) characters, more than \(lengthLimit)")
    }
    var parser = RegexParser(scalars: scalars)
    let node = try parser.alternation()
    if parser.position < scalars.count { throw RegexError(problem: "a ')' closes nothing") }
    return node
  }

  /// The pattern that matches `text` and nothing else.
  static func literal(_ text: String) -> RegexNode {
    .sequence(text.unicodeScalars.map { .set(.scalar($0.value)) })
  }

  private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

  var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  /// Takes `text` when it is next.
  mutating func take(_ text: StaticString) -> Bool {
    let wanted = Array(text.description.unicodeScalars)
    guard scalars.count - position >= wanted.count, scalars[position..<position + wanted.count].elementsEqual(wanted)
    else { return false }
    position += wanted.count
    return true
  }

  mutating func takeScalar(_ what: String) throws(RegexError) -> Unicode.Scalar {
    guard let scalar = next else { throw RegexError(problem: "it ends where \(what) is expected") }
    position += 1
    return scalar
  }

  /// A class, in both cases where case is ignored.
  private mutating func cased(_ set: ScalarSet) throws(RegexError) -> ScalarSet {
    folds.forget()
    return ignoresCase ? try CaseFolds.bothCases(set) : set
  }

  /// A character that stands for itself.
  private mutating func literal(_ set: ScalarSet) throws(RegexError) -> ScalarSet {
    guard ignoresCase else { return try cased(set) }
    try folds.take(set)
    return try CaseFolds.bothCases(set)
  }

  mutating func nested<Value>(_ body: (inout RegexParser) throws(RegexError) -> Value) throws(RegexError) -> Value {
    guard depth < Self.depthLimit else {
      throw RegexError(problem: "groups are nested more than \(Self.depthLimit) deep")
    }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  // MARK: Structure

  private mutating func alternation() throws(RegexError) -> RegexNode {
    // (?i) inside a group ends with it.
    let outer = ignoresCase
    defer { ignoresCase = outer }
    var alternatives = [try sequence()]
    while take("|") { alternatives.append(try sequence()) }
    return alternatives.count == 1 ? alternatives[0] : .alternation(alternatives)
  }

  private mutating func sequence() throws(RegexError) -> RegexNode {
    var nodes: [RegexNode] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      guard let node = try atom() else { continue }
      nodes.append(try repeated(node))
    }
    return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
  }

  private mutating func repeated(_ first: RegexNode) throws(RegexError) -> RegexNode {
    var node = first
    var layers = 0
    while true {
      let start = position
      guard let (minimum, maximum) = try bounds() else { return node }
      layers += 1
      guard layers <= 4 else { throw RegexError(problem: "too many repetitions of a repetition") }
      if case .assertion = node { throw RegexError(problem: "an assertion is repeated") }
      let isInterval = scalars[position - 1] == "}"
      // A number is no range: what follows it repeats the repetition.
      let isNumber = isInterval && !scalars[start..<position].contains(",")
      let isLazy = take("?")
      if next == "+", isNumber ? isLazy : !isInterval && !isLazy {
        throw RegexError(problem: "possessive repetition is not supported")
      }
      if maximum == nil, node.matchesEmpty, !node.isPlainRepetition(isLazy: isLazy) {
        throw RegexError(problem: "a repetition without end repeats what may be nothing")
      }
      node = .repetition(node, minimum: minimum, maximum: maximum, isLazy: isLazy && !isNumber)
      if isLazy, isNumber { node = .repetition(node, minimum: 0, maximum: 1, isLazy: false) }
    }
  }

  private mutating func bounds() throws(RegexError) -> (minimum: Int, maximum: Int?)? {
    if take("*") { return (0, nil) }
    if take("+") { return (1, nil) }
    if take("?") { return (0, 1) }
    guard next == "{" else { return nil }
    let start = position
    position += 1
    let minimum = try number()
    var maximum = minimum
    if take(",") { maximum = try number() }
    // As in Oniguruma, a brace that begins no interval is a brace.
    guard take("}"), minimum != nil || maximum != nil else {
      position = start
      return nil
    }
    let isOpen = scalars[position - 2] == ","
    if let maximum, maximum < minimum ?? 0 { throw RegexError(problem: "a repetition ends before it begins") }
    return (minimum ?? 0, isOpen ? nil : maximum)
  }

  private mutating func number() throws(RegexError) -> Int? {
    var value: Int?
    while let digit = next?.value, (0x30...0x39).contains(digit) {
      value = (value ?? 0) * 10 + Int(digit - 0x30)
      if value! > 1000 { throw RegexError(problem: "more than 1000 repetitions") }
      position += 1
    }
    return value
  }

  // MARK: Atoms

  /// `nil` for what only changes the options.
  private mutating func atom() throws(RegexError) -> RegexNode? {
    switch try takeScalar("an expression") {
    case "(": return try group()
    case "[":
      let set = try nested { (parser) throws(RegexError) in try parser.characterClass() }
      return .set(try cased(set))
    case ".": return .set(.complement(.scalar(0x0A)))
    case "^":
      // At the start of a line, which the end of the text does not begin.
      return .alternation([
        .assertion(.previous(.ranges([]), atStart: true)),
        .sequence([
          .assertion(.previous(.scalar(0x0A), atStart: false)), .assertion(.next(.all, atEnd: false)),
        ]),
      ])
    case "$": return .assertion(.next(.scalar(0x0A), atEnd: true))
    case "\\": return try escape()
    case "*", "+", "?": throw RegexError(problem: "a repetition repeats nothing")
    case let scalar: return .set(try literal(.scalar(scalar.value)))
    }
  }

  private mutating func escape() throws(RegexError) -> RegexNode {
    guard let scalar = next else { throw RegexError(problem: "it ends with a backslash") }
    switch scalar {
    case "A":
      position += 1
      return .assertion(.previous(.ranges([]), atStart: true))
    case "z":
      position += 1
      return .assertion(.next(.ranges([]), atEnd: true))
    case "b":
      position += 1
      return wordBoundary(negated: false)
    case "B":
      position += 1
      return wordBoundary(negated: true)
    case "1"..."9", "k", "g":
      throw RegexError(problem: "back references are not supported")
    default:
      let set = try escapedSet(word: Self.word)
      // Only characters have another case here: outside brackets properties stay as they are.
      if case .ranges(let ranges) = set, ranges.count == 1, ranges[0].count == 1 { return .set(try literal(set)) }
      folds.forget()
      return .set(set)
    }
  }

  /// Outside brackets Oniguruma's table for Latin-1 counts, where superscript digits and fractions are parts of words.
  private static let word = ScalarSet.union([.word, .ranges([0xB2...0xB3, 0xB9...0xB9, 0xBC...0xBE])])

  private func wordBoundary(negated: Bool) -> RegexNode {
    let word = Self.word
    let other = ScalarSet.complement(word)
    let after = RegexNode.sequence([
      .assertion(.previous(word, atStart: false)),
      .assertion(negated ? .next(word, atEnd: false) : .next(other, atEnd: true)),
    ])
    let before = RegexNode.sequence([
      .assertion(.previous(other, atStart: true)),
      .assertion(negated ? .next(other, atEnd: true) : .next(word, atEnd: false)),
    ])
    return .alternation([after, before])
  }

  private mutating func group() throws(RegexError) -> RegexNode? {
    guard take("?") else { return try closed() }
    if take(":") { return try closed() }
    if take("=") { return try lookaround(ahead: true, negated: false) }
    if take("!") { return try lookaround(ahead: true, negated: true) }
    if take("<=") { return try lookaround(ahead: false, negated: false) }
    if take("<!") { return try lookaround(ahead: false, negated: true) }
    if take("#") {
      while try takeScalar("the end of a comment") != ")" {}
      return nil
    }
    if take(">") { throw RegexError(problem: "atomic groups are not supported") }
    if take("<") || take("P<") {
      while try takeScalar("the end of a group's name") != ">" {}
      return try closed()
    }
    return try options()
  }

  private mutating func closed() throws(RegexError) -> RegexNode {
    let node = try nested { (parser) throws(RegexError) in try parser.alternation() }
    guard take(")") else { throw RegexError(problem: "a group has no ')'") }
    return node
  }

  /// `(?i)`, `(?-i)`, `(?i:…)`
  private mutating func options() throws(RegexError) -> RegexNode {
    var value = true
    var result = ignoresCase
    while true {
      switch try takeScalar("a group's options") {
      case "i": result = value
      case "-": value = false
      case ")":
        // Oniguruma lets the rest of the group, its other alternatives included, be one group of its own.
        ignoresCase = result
        return try nested { (parser) throws(RegexError) in try parser.alternation() }
      case ":":
        let outer = ignoresCase
        ignoresCase = result
        defer { ignoresCase = outer }
        return try closed()
      case let scalar:
        throw RegexError(problem: "the group option \(quoted(String(scalar))) is not supported")
      }
    }
  }

  private mutating func lookaround(ahead: Bool, negated: Bool) throws(RegexError) -> RegexNode {
    let body = try closed()
    guard let (set, atEdge) = Self.oneScalar(body, ahead: ahead) else {
      throw RegexError(problem: "an assertion looks at more than one character")
    }
    let wanted = negated ? ScalarSet.complement(set) : set
    return .assertion(
      ahead ? .next(wanted, atEnd: atEdge != negated) : .previous(wanted, atStart: atEdge != negated))
  }

  /// The set, and whether the edge of the text will do too, when `node` is about one scalar.
  private static func oneScalar(_ node: RegexNode, ahead: Bool) -> (ScalarSet, Bool)? {
    switch node {
    case .set(let set): return (set, false)
    case .assertion(.next(let set, let atEnd)) where ahead: return (set, atEnd)
    case .assertion(.previous(let set, let atStart)) where !ahead: return (set, atStart)
    case .alternation(let nodes):
      var sets: [ScalarSet] = []
      var atEdge = false
      for node in nodes {
        guard let (set, edge) = oneScalar(node, ahead: ahead) else { return nil }
        sets.append(set)
        atEdge = atEdge || edge
      }
      return (.union(sets), atEdge)
    // One or more of a set begins or ends with one of it.
    case .repetition(.set(let set), let minimum, _, _) where minimum == 1: return (set, false)
    default: return nil
    }
  }
}
