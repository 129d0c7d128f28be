import Testing

@testable import Transformer

@Suite struct SuggestionTests {
  private let names = ["n_layers", "n_heads", "d_model", "vocab_size"]

  @Test(
    "slips of the fingers find their name",
    arguments: [
      ("n_layer", "n_layers"), ("dmodel", "d_model"), ("vocab-size", "vocab_size"), ("N_HEADS", "n_heads"),
      ("n_haeds", "n_heads"),
    ])
  func slips(typed: String, expected: String) {
    #expect(Suggestion.closest(to: typed, among: names) == expected)
  }

  @Test(
    "what is like none of them finds none",
    arguments: ["", "alibi", "xxxxxxxxxx", String(repeating: "n", count: 1_000_000)])
  func strangers(typed: String) {
    #expect(Suggestion.closest(to: typed, among: names) == nil)
    #expect(Suggestion.cure(for: typed, among: ["b", "a"]) == "known are a, b")
  }
}
