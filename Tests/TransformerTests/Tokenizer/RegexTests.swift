import Testing

@testable import Transformer

@Suite struct RegexTests {
  /// The matches of a pattern, as text.
  private func matches(_ pattern: String, _ text: String) throws -> [String] {
    let matcher = RegexMatcher(try RegexProgram(pattern: pattern))
    let bytes = Array(text.utf8)
    var found: [String] = []
    try bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      try matcher.forEachMatch(in: base, range: 0..<bytes.count) { start, end in
        found.append(String(decoding: bytes[start..<end], as: UTF8.self))
      }
    }
    return found
  }

  private static let examples: [(String, String, [String])] = [
    ("a|ab", "abab", ["a", "a"]), ("ab|a", "aba", ["ab", "a"]), ("a+?", "aaa", ["a", "a", "a"]),
    ("a{2}", "aaaaa", ["aa", "aa"]), ("a{2,}", "aaaaa", ["aaaaa"]), ("a{1,2}?b", "aab", ["aab"]),
    ("[a-c]+", "xabcd", ["abc"]), ("[^a-c]+", "xabcd", ["x", "d"]), ("[]a]+", "a]b", ["a]"]),
    ("[a-c&&[^b]]+", "abcab", ["a", "ca"]), ("[a-]+", "a-b", ["a-"]), (#"[\d\s]+"#, "a1 2b", ["1 2"]),
    (#"\s+(?!\S)|\s+"#, "a   b", ["  ", " "]), (#"\s+$"#, "a  \n b  ", ["  ", "  "]),
    ("^a", "a\naa", ["a", "a"]), (#"\bcat\b"#, "cat concat cat", ["cat", "cat"]), (#"\Aa"#, "aa", ["a"]),
    ("(?<=a)b", "abbab", ["b", "b"]), ("(?<!a)b", "abbab", ["b"]),
    ("(?i:'s)|x", "'S'\u{17F}'sX", ["'S", "'\u{17F}", "'s"]),
    ("(?i)ab", "aBAb", ["aB", "Ab"]), (#"\p{Lu}\p{^Lu}*"#, "aBcDe", ["Bc", "De"]), (#"\P{L}+"#, "a12b", ["12"]),
    ("a*", "baa", ["", "aa"]), ("(a|b)*c|d", "abcd", ["abc", "d"]),
    (#"\x{1F600}|\u00e9"#, "\u{1F600}\u{E9}", ["\u{1F600}", "\u{E9}"]),
    ("a{,2}b", "aaab", ["aab"]), ("a{b", "a{b", ["a{b"]), (".", "a\nb", ["a", "b"]),
    ("(?:ab?)+", "abaab", ["abaab"]), ("é", "e\u{301}é", ["é"]),
    // A number that a question mark follows is taken once or not at all.
    ("a{2}?b", "aab-b-ab", ["aab", "b", "b"]), ("a{2,2}?b", "aab-b", ["aab"]), ("(?:a{1,2}?)b", "aab", ["aab"]),
    // An option in the middle of a group holds for its other alternatives, which are part of this one.
    ("x(?i)a|b", "xA-B-b-XA-a-xB", ["xA", "xB"]), ("a(?i)b|c(?-i)d|e", "aB-cD-ae-aC-aCd-aE", ["aB", "aCd"]),
    ("(?:x(?i)a|b)c", "xAc-bc-xBc", ["xAc", "xBc"]), ("(?i)a|b", "A-B", ["A", "B"]),
    // Superscripts and fractions belong to words outside brackets only.
    (#"\w+"#, "10\u{B3}x-", ["10\u{B3}x"]), (#"\W+"#, "a\u{BC}-", ["-"]), (#"\p{^Word}+"#, "\u{B9}-", ["-"]),
    (#"[\w]+"#, "10\u{B3}x", ["10", "x"]), ("[[:word:]]+", "10\u{B3}x", ["10", "x"]),
    (#"\bx"#, "\u{B3}x-x", ["x"]), (#"\Bx"#, "\u{B3}x-x", ["x"]),
    // Scalars of later versions count as unassigned, and this one had a case.
    (#"\p{Ll}+"#, "a\u{295}b", ["a\u{295}b"]), (#"\p{L}+"#, "a\u{A7CE}b", ["a", "b"]),
    (#"(?i)\p{Lu}"#, "aA", ["A"]), ("(?:a?)*b", "aab", ["aab"]), ("(?i)[a-c]+", "aBCd", ["aBC"]),
  ]

  @Test("patterns match what a backtracking matcher matches", arguments: examples)
  func matching(pattern: String, text: String, expected: [String]) throws {
    #expect(try matches(pattern, text).map { Array($0.utf8) } == expected.map { Array($0.utf8) })
  }

  @Test(
    "syntax that is wrong or not supported is an error",
    arguments: [
      "(", ")", "(a", "[a", "a**b(", "*a", "a{3,2}", #"\"#, #"\p{Nonsense}"#, #"\p"#, "(?>a)", "a++", #"(a)\1"#,
      "(?=ab)",
      #"\xE9"#, #"\p{Alnum}"#, #"\p{Punct}"#, "[[:alnum:]]", "[[:punct:]]", "a{2}?+", "x(?i)*a",
      "(?:a*|b)*", "(?:|a)*", "(?:a*?)*", "(?:a*|b)+c", "(?:a?b?){2,}",
      "(?i)ss", "(?i)S(?:t)", "(?i)\u{DF}", "(?i)[\u{E5}]", "(?i)[a-\u{FF}]", #"(?i)[\p{Lu}]"#, "(?i:x\u{17F})",
      #"(?i)\x73s"#,
      "(?x)a", "[b-a]", "a{2000}", "(?:a{1000}){1000}", #"\x{110000}"#, "[[:nonsense:]]", "$*", #"\Q"#,
      String(repeating: "(", count: 1000), String(repeating: "[", count: 1000),
    ])
  func faults(pattern: String) {
    #expect(throws: RegexError.self) { try RegexProgram(pattern: pattern) }
  }

  @Test("a pattern that reads the text again for every match gives up with an error") func budget() {
    let text = String(repeating: "a", count: 5000)
    #expect(throws: RegexError.self) { try matches("a*b|a", text) }
    #expect(throws: RegexError.self) { try matches("a+b", text) }
  }

  @Test("patterns with many states stay within bounds") func manyStates() throws {
    var random = SplitMix64(seed: 1)
    let text = String((0..<3000).map { _ in random.next(below: 2) == 0 ? "a" : "b" } as [Character])
    // Some of 2^15 states at every letter.
    _ = try? matches("(?:a|b)*a(?:a|b){15}c", text)
    #expect(try matches("[ab]+", text) == [text])
  }
}
