import Testing

@testable import Harness

@Suite struct HTMLTests {
  @Test(
    "text inside an interpolation never becomes markup",
    arguments: [
      ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
      ("\" onload='x'", "&quot; onload=&#39;x&#39;"), ("a & b", "a &amp; b"), ("</svg>", "&lt;/svg&gt;"),
      ("nul\u{0}bell\u{7}", "nul\u{FFFD}bell\u{FFFD}"), ("\u{202E}txt.exe", "\u{FFFD}txt.exe"), ("é 漢 🙂", "é 漢 🙂"),
    ])
  func escapes(text: String, expected: String) {
    let html: HTML = "<p title=\"\(text)\">\(text)</p>"
    #expect(html.source == "<p title=\"\(expected)\">\(expected)</p>")
    #expect(HTML.text(text).source == expected)
  }

  @Test("markup inside an interpolation stays markup, and is not escaped twice") func nesting() {
    let inner: HTML = "<b>\("<")</b>"
    let outer: HTML = "<i>\(inner)</i>"
    #expect(outer.source == "<i><b>&lt;</b></i>")
  }

  @Test("coordinates have one decimal at most, and are never no number") func coordinates() {
    let values = [1.0, 1.25, -0.04, .nan, .infinity, 1e300]
    let html = values.map { value -> HTML in "\(value)" }.joined(separator: " ")
    #expect(html.source == "1 1.2 -0 0 0 1000000" || html.source == "1 1.3 -0 0 0 1000000")
  }
}

@Suite struct QuantityTests {
  @Test(
    "numbers have three significant digits",
    arguments: [
      (0, "0"), (1, "1"), (0.012345, "0.0123"), (1.999, "2"), (12.34, "12.3"), (123.4, "123"), (1234, "1230"),
      (12345, "12\u{202F}300"), (9.999, "10"), (1e20, "1e20"), (.infinity, "unknown"),
    ] as [(Double, String)])
  func numbers(value: Double, text: String) { #expect(Quantity.number(value) == text) }

  @Test(
    "seconds take the unit that fits",
    arguments: [(0.0000005, "500 ns"), (0.00085, "850 µs"), (0.0123, "12.3 ms"), (1.5, "1.5 s"), (185, "3 min 05 s")])
  func seconds(value: Double, text: String) { #expect(Quantity.seconds(value) == text) }

  @Test(
    "percentages keep what small ones say", arguments: [(0.5, "50 %"), (0.034, "3.4 %"), (1.2, "120 %"), (0, "0 %")])
  func percent(value: Double, text: String) { #expect(Quantity.percent(value) == text) }

  @Test("ticks are short", arguments: [(0.05, "0.05"), (250, "250"), (20000, "20k"), (1_500_000, "1.5M"), (0, "0")])
  func ticks(value: Double, text: String) { #expect(Quantity.tick(value) == text) }
}
