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
