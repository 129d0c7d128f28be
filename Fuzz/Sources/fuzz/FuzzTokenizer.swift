@testable import Transformer

/// A tokenizer.json gives ids that it can decode, for any text, or errors.
func fuzzTokenizer(_ bytes: UnsafeRawBufferPointer) {
  guard let value = try? JSONParser().parse(bytes), let tokenizer = try? Tokenizer(json: value) else { return }
  let long = String(repeating: "a", count: 2000) + String(repeating: " \n", count: 500)
  for text in [
    "", "Hello  world's 123", "e\u{301}\u{1F469}\u{200D}\u{1F469}\u{2581}x\u{AC01}\u{0}", long,
    String(decoding: bytes, as: UTF8.self),
  ] {
    for addsSpecialTokens in [false, true] {
      guard let ids = try? tokenizer.encode(text, addsSpecialTokens: addsSpecialTokens) else { continue }
      _ = try? tokenizer.decode(ids)
      var stream = StreamingDecoder(tokenizer, skipsSpecialTokens: false)
      for id in ids.prefix(200) { _ = try? stream.next(id) }
      _ = try? stream.finish()
    }
  }
}
