/// A regular expression after parsing.
indirect enum RegexNode: Sendable {
  case empty
  case set(ScalarSet)
  case sequence([RegexNode])
  /// The earlier alternative wins.
  case alternation([RegexNode])
  /// - maximum: `nil` is without end.
  case repetition(RegexNode, minimum: Int, maximum: Int?, isLazy: Bool)
  case assertion(RegexAssertion)

  /// Whether it may match without any text.
  var matchesEmpty: Bool {
    switch self {
    case .empty, .assertion: true
    case .set: false
    case .sequence(let nodes): nodes.allSatisfy(\.matchesEmpty)
    case .alternation(let nodes): nodes.contains(where: \.matchesEmpty)
    case .repetition(let body, let minimum, _, _): minimum == 0 || body.matchesEmpty
    }
  }

  /// A greedy repetition of what takes text, which another greedy one may repeat: Oniguruma makes one of the two.
  func isPlainRepetition(isLazy: Bool) -> Bool {
    guard !isLazy, case .repetition(let body, _, _, false) = self else { return false }
    return !body.matchesEmpty
  }
}

/// What must stand next to a place; it takes no text.
enum RegexAssertion: Hashable, Sendable {
  /// The scalar that follows is in the set, or there is none and `atEnd` holds.
  case next(ScalarSet, atEnd: Bool)
  /// The scalar before is in the set, or there is none and `atStart` holds.
  case previous(ScalarSet, atStart: Bool)
}

/// What is wrong with a regular expression, or not supported in it.
struct RegexError: Error {
  var problem: String

  /// As an error about the option at `path`.
  func inputError(pattern: String, path: [String]) -> InputError {
    InputError(
      path: path, problem: "the pattern \(quoted(pattern)) cannot be used: \(problem)",
      cure: "splitting needs literals, classes, groups, alternatives, repetitions and assertions about one character")
  }
}
