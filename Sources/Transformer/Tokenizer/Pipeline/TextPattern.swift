/// What a rule of tokenizer.json looks for: `{"String": …}` or `{"Regex": …}`.
struct TextPattern: Sendable {
  let program: RegexProgram
  /// As the file spells it.
  let source: String
  /// Keys that lead to it, for errors.
  let path: [String]
  /// The bytes it matches when it is plain text.
  let literal: [UInt8]?

  init(_ value: ConfigurationValue?, path: [String]) throws(InputError) {
    if case .object(let entries)? = value, entries.count == 1, case .string(let text) = entries[0].value {
      if entries[0].key == "String" {
        try self.init(literal: text, path: path)
        return
      }
      if entries[0].key == "Regex" {
        try self.init(regex: text, path: path)
        return
      }
    }
    throw InputError(
      path: path, problem: "must be {\"String\": \"…\"} or {\"Regex\": \"…\"}",
      cure: "fetch the tokenizer again, or correct the pattern")
  }

  init(literal text: String, path: [String]) throws(InputError) {
    guard !text.isEmpty else {
      throw InputError(path: path, problem: "must be text that is not empty", cure: "give the text to look for")
    }
    do {
      program = try RegexProgram(RegexParser.literal(text))
    } catch {
      throw error.inputError(pattern: text, path: path)
    }
    source = text
    self.path = path
    literal = Array(text.utf8)
  }

  /// Whether it may match between two characters, where the original's replacements differ.
  private(set) var matchesEmpty = false

  init(regex text: String, path: [String]) throws(InputError) {
    do {
      let node = try RegexParser.parse(text)
      program = try RegexProgram(node)
      // The ends of lines are equal in both.
      if case .assertion(.next(.scalar(0x0A), atEnd: true)) = node {} else { matchesEmpty = node.matchesEmpty }
    } catch {
      throw error.inputError(pattern: text, path: path)
    }
    source = text
    self.path = path
    literal = nil
  }
}

/// Matchers of the patterns of one tokenizer, made when they are first used and kept for their states.
final class MatcherPool {
  private var matchers: [ObjectIdentifier: RegexMatcher] = [:]

  func matcher(_ program: RegexProgram) -> RegexMatcher {
    if let matcher = matchers[ObjectIdentifier(program)] { return matcher }
    let matcher = RegexMatcher(program)
    matchers[ObjectIdentifier(program)] = matcher
    return matcher
  }

  /// Calls `body` with each match of `pattern` in `bytes[range]`.
  func forEachMatch(
    of pattern: TextPattern, in bytes: UnsafeBufferPointer<UInt8>, range: Range<Int>, _ body: (Int, Int) -> Void
  ) throws(InputError) {
    guard !range.isEmpty, let base = bytes.baseAddress else { return }
    do {
      try matcher(pattern.program).forEachMatch(in: base, range: range, body)
    } catch {
      throw error.inputError(pattern: pattern.source, path: pattern.path)
    }
  }
}
