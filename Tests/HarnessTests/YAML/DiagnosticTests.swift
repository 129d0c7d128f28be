import Testing

@testable import Harness

@Suite struct DiagnosticTests {
  private func shown(_ text: String, line: Int = 1, column: Int, length: Int) -> [String] {
    let source = SourceText(text, from: .file(path: "f"))
    let range = SourceRange(source: source, line: line, column: column, length: length)
    return Diagnostic("m", at: range).description.split(separator: "\n").map(String.init)
  }

  @Test("the caret stands under the fault behind tabs and wide lines")
  func caret() {
    #expect(shown("a:\tbc", column: 4, length: 2) == ["f:1:4: m", "  1 | a:\tbc", "    |   \t^~"])
    let long = String(repeating: "x", count: 300) + "FAULT" + String(repeating: "y", count: 300)
    let lines = shown(long, column: 301, length: 5)
    #expect(lines[1].count < 120)
    let caret = lines[2].firstIndex(of: "^")!
    let distance = lines[2].distance(from: lines[2].startIndex, to: caret)
    #expect(lines[1].dropFirst(distance).hasPrefix("FAULT"))
    #expect(lines[2].hasSuffix("^~~~~"))
  }

  @Test("a caret beyond the line's end stands one past it")
  func pastTheEnd() {
    #expect(shown("a:", column: 3, length: 1) == ["f:1:3: m", "  1 | a:", "    |   ^"])
    #expect(shown("a:", column: 3, length: 50)[2] == "    |   ^")
    #expect(shown("", column: 1, length: 1) == ["f:1:1: m", "  1 | ", "    | ^"])
  }

  @Test("control characters of a file do not reach the terminal")
  func controlCharacters() {
    let lines = shown("a: \u{1B}[2J\u{202E}x", column: 4, length: 1)
    #expect(lines[1] == "  1 | a: \u{FFFD}[2J\u{FFFD}x")
    #expect(Excerpt.quoted("\u{1B}[31m\n") == "'\u{FFFD}[31m\u{FFFD}'")
    #expect(Excerpt.quoted(String(repeating: "k", count: 100_000)).count == 63)
  }

  @Test("a byte's position is that of the character it belongs to")
  func bytes() {
    let source = SourceText("ab\nä€x\r\ny", from: .file(path: "f"))
    let positions = [0, 3, 4, 5, 8, 11].map { source.position(ofByte: $0) }
    #expect(positions.map(\.line) == [1, 2, 2, 2, 2, 3])
    #expect(positions.map(\.column) == [1, 1, 1, 2, 3, 1])
    #expect([1, 2, 3, 4].map { source.line($0) } == ["ab", "ä€x", "y", ""])
  }
}
