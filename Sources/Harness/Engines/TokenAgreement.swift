import Transformer

/// How far an engine's greedy tokens equal those of the reference, the first engine that was measured.
public struct TokenAgreement: Sendable, Equatable {
  /// The engine whose tokens count as right.
  public var reference: EngineName
  /// Tokens up to each sequence's first difference; what follows comes from another text.
  public var equalTokens: Int
  public var allTokens: Int
  /// Sequences that are equal to their end.
  public var equalSequences: Int
  public var allSequences: Int
  /// Whether a difference means that the engines compute different models: in fp32 they should agree, in shorter dtypes
  /// rounding may decide between two tokens that are nearly as likely.
  public var isStrict: Bool

  /// - Parameters: new tokens, [batch][output length].
  init(_ tokens: [[Int32]], reference: EngineName, _ expected: [[Int32]], isStrict: Bool) {
    self.reference = reference
    self.isStrict = isStrict
    allSequences = expected.count
    allTokens = expected.reduce(0) { $0 + $1.count }
    equalTokens = 0
    equalSequences = 0
    for (row, expectedRow) in zip(tokens, expected) {
      let equal = zip(row, expectedRow).prefix { $0 == $1 }.count
      equalTokens += equal
      if equal == expectedRow.count { equalSequences += 1 }
    }
  }

  public var isWhole: Bool { equalTokens == allTokens }
  /// A row to be distrusted.
  public var isFlagged: Bool { isStrict && !isWhole }

  var json: ConfigurationValue {
    var object = JSONObject()
    object["reference"] = .string(reference.rawValue)
    object["equal_tokens"] = .integer(equalTokens)
    object["tokens"] = .integer(allTokens)
    object["equal_sequences"] = .integer(equalSequences)
    object["sequences"] = .integer(allSequences)
    object["flagged"] = .bool(isFlagged)
    return object.value
  }
}
