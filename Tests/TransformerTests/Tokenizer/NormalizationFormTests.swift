import Testing

@testable import Transformer

@Suite struct NormalizationFormTests {
  private func apply(_ form: NormalizationForm, _ text: String) -> [UInt32] {
    String(decoding: form.apply(Array(text.utf8)), as: UTF8.self).unicodeScalars.map(\.value)
  }

  @Test("letters and marks compose and decompose") func accents() {
    #expect(apply(.nfc, "e\u{301}") == [0xE9])
    #expect(apply(.nfd, "\u{E9}") == [0x65, 0x301])
    #expect(apply(.nfc, "\u{1E9B}\u{323}") == [0x1E9B, 0x323])
    #expect(apply(.nfkc, "\u{1E9B}\u{323}") == [0x1E69])
    #expect(apply(.nfkd, "\u{FB01}\u{2460}") == [0x66, 0x69, 0x31])
  }

  @Test("marks are ordered by class, equals as they stand") func order() {
    #expect(apply(.nfd, "a\u{301}\u{323}\u{300}") == [0x61, 0x323, 0x301, 0x300])
    #expect(apply(.nfc, "a\u{301}\u{323}") == [0x1EA1, 0x301])
  }

  @Test("Hangul syllables are computed") func hangul() {
    #expect(apply(.nfd, "\u{AC01}") == [0x1100, 0x1161, 0x11A8])
    #expect(apply(.nfc, "\u{1100}\u{1161}\u{11A8}\u{11A8}") == [0xAC01, 0x11A8])
  }

  @Test("what Unicode excludes from composition stays apart") func exclusions() {
    #expect(apply(.nfc, "\u{958}") == [0x915, 0x93C])
    #expect(apply(.nfc, "\u{2126}") == [0x3A9])
    #expect(apply(.nfc, "\u{344}") == [0x308, 0x301])
  }

  @Test("twenty thousand marks on one letter are ordered in time") func manyMarks() {
    let marks = String(repeating: "\u{301}\u{323}", count: 10_000)
    let scalars = apply(.nfd, "a" + marks)
    #expect(scalars.count == 20_001)
    #expect(scalars[1..<10_001].allSatisfy { $0 == 0x323 })
  }
}
