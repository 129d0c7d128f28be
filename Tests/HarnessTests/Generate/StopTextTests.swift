import Testing

@testable import Harness

@Suite struct StopTextTests {
  private func shown(_ pieces: [String], stops: [String]) -> [String] {
    var stop = StopText(stops)
    return pieces.map { stop.next($0) } + [stop.finish()]
  }

  @Test("text up to the stop text is shown, whatever the pieces") func pieces() {
    #expect(shown(["ab", "cSTOPd", "e"], stops: ["STOP"]) == ["ab", "c", "", ""])
    #expect(shown(["abS", "TO", "Pd"], stops: ["STOP"]) == ["ab", "", "", ""])
    #expect(shown(["S", "T", "O", "P"], stops: ["STOP"]).joined().isEmpty)
  }

  @Test("what only looked like a stop text is shown in the end") func falseAlarm() {
    #expect(shown(["aST", "x"], stops: ["STOP"]) == ["a", "STx", ""])
    #expect(shown(["aST"], stops: ["STOP"]) == ["a", "ST"])
    #expect(shown(["aa", "ab"], stops: ["aab"]) == ["", "a", ""])
  }

  @Test("the first of several stop texts counts") func several() {
    #expect(shown(["one two three"], stops: ["three", "two"]) == ["one ", ""])
    #expect(shown(["a\u{E9}b"], stops: ["\u{E9}"]) == ["a", ""])
  }

  @Test("without stop texts everything is shown at once") func none() {
    #expect(shown(["a", "b"], stops: []) == ["a", "b", ""])
  }
}
