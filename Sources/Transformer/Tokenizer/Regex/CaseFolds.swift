/// What `(?i)` can be used with: characters that have their other cases one by one.
///
/// Beyond ASCII some letters have three cases, and some equal two others: `(?i)ss` matches U+00DF in Oniguruma. Patterns
/// where this could matter are refused.
struct CaseFolds {
  /// Pairs of letters that one character may stand for.
  private static let joined: Set = ["ss", "st", "ff", "fi", "fl"]

  /// The last character of the pattern when it is taken in both cases.
  private var last: Unicode.Scalar?

  /// What comes next does not join what was taken.
  mutating func forget() { last = nil }

  /// - Throws: `RegexError` when the character and the one before may be one.
  mutating func take(_ set: ScalarSet) throws(RegexError) {
    guard case .ranges(let ranges) = set, let value = ranges.first?.lowerBound, value < 0x80,
      let scalar = Unicode.Scalar(value)
    else { return forget() }
    let pair = (last.map { String($0) } ?? "").lowercased() + String(scalar).lowercased()
    guard !Self.joined.contains(pair) else {
      throw RegexError(problem: "without regard to case, one character may stand for \(quoted(pair))")
    }
    last = scalar
  }

  /// - Throws: `RegexError` for a set beyond ASCII.
  static func bothCases(_ set: ScalarSet) throws(RegexError) -> ScalarSet {
    guard isSimple(set) else {
      throw RegexError(problem: "(?i) is supported for characters of ASCII alone")
    }
    return set.ignoringCase
  }

  private static func isSimple(_ set: ScalarSet) -> Bool {
    switch set {
    case .ranges(let ranges): ranges.allSatisfy { $0.upperBound < 0x80 }
    case .whitespace: true
    case .categories, .word: false
    case .union(let sets), .intersection(let sets): sets.allSatisfy(isSimple)
    case .complement(let set): isSimple(set)
    }
  }
}
