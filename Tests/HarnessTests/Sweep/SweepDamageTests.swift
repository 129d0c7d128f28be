import Testing

@testable import Harness

@Suite struct SweepDamageTests {
  /// splitmix64 (Steele, Lea, Flood), so that a failure repeats.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  @Test("a sweep damaged at random resolves or is refused with a place in the file, and never traps", arguments: 0..<8)
  func damage(seed: UInt64) {
    var generator = Generator(state: seed)
    let original = Array(validSweep.utf8)
    let pieces = [
      "${", "}", "&a ", "*a", "<<: ", "- ", "[", "]", "{", ": ", "\t", "\n", "\r\n", "'", "\"", "\\", "!", "| ", "> ",
      "#",
      "---\n", "\u{0}", "\u{85}", "é", "🙂", "-1", "1e999", "99999999999999999999", "null", ".nan", "? ", "%", ",", "..",
    ].map { Array($0.utf8) }
    for _ in 0..<100 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0...8, using: &generator)))
        case 1: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
        default: bytes.insert(contentsOf: pieces.randomElement(using: &generator)!, at: place)
        }
      }
      do {
        let sweep = try SweepFile.parse(bytes, path: "s.yaml", overrides: []) { _ in nil }
        #expect(!sweep.trials.isEmpty)
      } catch {
        #expect(!error.diagnostics.isEmpty)
        #expect(error.diagnostics.allSatisfy { $0.line != nil && $0.column != nil && !$0.description.isEmpty })
      }
    }
  }

  @Test(
    "a quarter of a megabyte of anything is refused",
    arguments: [
      "a", "[", "{", "- ", "? ", "a: ", "&a ", "*a ", "!", "'", "\"", "\n", " ", "\t", "#", "a: 1\n", "- - ",
      "<<: {}\n",
      "${", "${a}", "\\", "[a,", "{a: ", "%", "|", "key: 1\n- b\n",
    ])
  func large(piece: String) {
    let text = String(repeating: piece, count: (1 << 18) / piece.utf8.count)
    #expect(faults(text) != "")
    #expect(faults("benchmark_name: " + text) != "")
  }

  @Test("thousands of unknown keys, of the file or of the model, are refused")
  func manyKeys() {
    let keys = (0..<4500).map { "key\($0): ${max_seq_len}\n" }.joined()
    #expect(faults(validSweep + "\n" + keys).hasSuffix("… and 4490 more"))
    let options = (0..<4500).map { "  key\($0): 1\n" }.joined()
    #expect(faults(edited("  n_layers: 2", "  n_layers: 2\n" + options)).contains("model.key0 is no known option"))
  }
}
