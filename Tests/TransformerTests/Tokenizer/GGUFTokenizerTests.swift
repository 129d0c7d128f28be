import Testing

@testable import Transformer

@Suite struct GGUFTokenizerTests {
  /// A SentencePiece tokenizer of letters; more tokens have a type and a score.
  private func tokenizer(_ more: [(text: String, type: Int, score: Float)] = []) throws -> Tokenizer {
    let letters = ["\u{2581}", "a", "b", "c", "d", "[", "]", "ab"].map { (text: $0, type: 1, score: Float(-1)) }
    let tokens = [("<unk>", 2, 0), ("<s>", 3, 0), ("</s>", 3, 0)] + letters + more
    let metadata: [(String, ConfigurationValue)] = [
      ("model", .string("llama")), ("tokens", .array(tokens.map { .string($0.0) })),
      ("token_type", .array(tokens.map { .integer($0.1) })), ("scores", .array(tokens.map { .number(Double($0.2)) })),
      ("add_eos_token", .bool(true)), ("add_space_prefix", .bool(false)),
    ]
    let entries = metadata.map { ConfigurationValue.Entry(key: "tokenizer.ggml." + $0.0, value: $0.1) }
    return try Tokenizer(#require(try GGUFTokenizer(metadata: .object(entries))))
  }

  @Test("ids that a file does not name are SentencePiece's") func defaults() throws {
    #expect(try tokenizer().encode("b?") == [1, 5, 0, 2])
  }

  @Test("the token for unknown text is found in the text and left out when decoding") func unknown() throws {
    let tokenizer = try tokenizer()
    #expect(try tokenizer.encode("a<unk>b", addsSpecialTokens: false) == [4, 0, 5])
    #expect(try tokenizer.decode([4, 0, 5]) == "ab")
  }

  @Test("unused tokens are made by merging like others") func unused() throws {
    #expect(try tokenizer([("abc", 5, 1)]).encode("abc", addsSpecialTokens: false) == [11])
  }

  @Test("of tokens that overlap the longest of the whole text is found") func overlaps() throws {
    let tokenizer = try tokenizer([("[ab", 4, 0), ("abcd]", 4, 0), ("cd", 4, 0)])
    #expect(try tokenizer.encode("[abcd]", addsSpecialTokens: false) == [8, 12])
    #expect(try tokenizer.encode("[abcd", addsSpecialTokens: false) == [11, 13])
    #expect(try tokenizer.encode("[abab[ab", addsSpecialTokens: false) == [11, 10, 11])
  }

  @Test("the two halves of a merge may begin with a combining mark") func combiningMerge() throws {
    var embedded = GGUFTokenizer(model: "gpt2", tokens: ["a", "\u{301}", "a\u{301}"])
    embedded.merges = ["a \u{301}"]
    #expect(try Tokenizer(embedded).vocabularySize == 3)
  }

  @Test("no merge reaches across a character that the vocabulary lacks") func gap() throws {
    var embedded = GGUFTokenizer(model: "gpt2", tokens: ["a", "b", "ab"])
    embedded.merges = ["a b"]
    let tokenizer = try Tokenizer(embedded)
    #expect(try tokenizer.encode("abcab") == [2, 2])
    #expect(try tokenizer.encode("acbab") == [0, 1, 2])
  }

  @Test("white space beyond ASCII is no punctuation and no letter", arguments: ["deepseek-llm", "deepseek-coder"])
  func wideSpaces(_ rule: String) throws {
    // Two spaces; the last byte of U+2003 and the first of U+6F22.
    let (pair, crossing) = ("\u{120}\u{120}", "\u{125}\u{E6}")
    var embedded = GGUFTokenizer(
      model: "gpt2", tokens: ByteAlphabet.scalars.map { String(UnicodeScalar($0)!) } + [pair, crossing])
    embedded.preTokenizer = rule
    embedded.merges = ["\u{120} \u{120}", "\u{125} \u{E6}"]
    let tokenizer = try Tokenizer(embedded)
    #expect(try tokenizer.encode("  \u{3000}") == [256, 0xE3, 0x80, 0x80])
    #expect(try tokenizer.encode("\u{2003}\u{6F22}") == [0xE2, 0x80, 0x83, 0xE6, 0xBC, 0xA2])
  }
}
