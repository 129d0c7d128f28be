import Testing

@testable import Transformer

@Suite struct GGUFTokenizerTests {
  /// A SentencePiece tokenizer of letters; more tokens have a type and a score.
  private func tokenizer(
    _ more: [(text: String, type: Int, score: Float)] = [], addsSpacePrefix: Bool = false
  ) throws -> Tokenizer {
    let letters = ["\u{2581}", "a", "b", "c", "d", "[", "]", "ab"].map { (text: $0, type: 1, score: Float(-1)) }
    let tokens = [("<unk>", 2, 0), ("<s>", 3, 0), ("</s>", 3, 0)] + letters + more
    let metadata: [(String, ConfigurationValue)] = [
      ("model", .string("llama")), ("tokens", .array(tokens.map { .string($0.0) })),
      ("token_type", .array(tokens.map { .integer($0.1) })), ("scores", .array(tokens.map { .number(Double($0.2)) })),
      ("add_eos_token", .bool(true)), ("add_space_prefix", .bool(addsSpacePrefix)),
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

  // What llama_detokenize of llama.cpp gives.
  @Test("a token's type decides what its text means") func types() throws {
    let tokenizer = try tokenizer([
      ("\u{2581}\u{2581}\u{2581}", 4, 0), ("\u{2581}c", 5, 0), ("<0x41>", 1, 0), ("<0x42>", 6, 0), ("d\u{2581}", 1, 0),
    ])
    #expect(try tokenizer.decode([11]) == "\u{2581}\u{2581}\u{2581}")
    #expect(try tokenizer.decode([4, 12, 5]) == "ab")
    #expect(try tokenizer.decode([13, 14, 15, 4]) == "<0x41>Bd a")
  }

  @Test("the first token loses the space that encoding puts in front of texts, and none where it does not")
  func firstSpace() throws {
    for (addsSpacePrefix, space) in [(true, ""), (false, " ")] {
      let tokenizer = try tokenizer(addsSpacePrefix: addsSpacePrefix)
      #expect(try tokenizer.decode([3, 4]) == space + "a")
      #expect(try tokenizer.decode([3, 3, 4]) == space + " a")
      #expect(try tokenizer.decode([4, 3, 4]) == "a a")
      // A token that is left out is the first one all the same.
      #expect(try tokenizer.decode([1, 3, 4]) == " a")
      #expect(try tokenizer.decode([1, 3, 4], skipsSpecialTokens: false) == "<s> a")
    }
  }

  @Test("a character may be whole only after tokens without text") func streaming() throws {
    let tokenizer = try tokenizer([("<0xC3>", 6, 0), ("<0xA9>", 6, 0), ("unused", 5, 0)], addsSpacePrefix: true)
    for first: Int32 in [1, 13] {
      var decoder = StreamingDecoder(tokenizer)
      #expect(try [first, 3, 11, 1, 13, 2, 13].map { try decoder.next($0) }.joined() == " ")
      #expect(try decoder.next(12) == "\u{E9}")
    }
  }

  @Test("a replacement character of the text itself comes as one") func streamedReplacement() throws {
    let bytes: [UInt8] = Array("\u{FFFD}\u{FFFD}\u{E9}".utf8) + [0x80, 0xC3]
    let tokenizer = try tokenizer(Set(bytes).sorted().map { (BPEModel.byteToken($0), 6, 0) })
    let ids = try bytes.map { try #require(tokenizer.id(of: BPEModel.byteToken($0))) }
    var decoder = StreamingDecoder(tokenizer)
    var text = ""
    for id in ids { text += try decoder.next(id) }
    #expect(text == "\u{FFFD}\u{FFFD}\u{E9}")
    #expect(try decoder.finish() == "\u{FFFD}\u{FFFD}")
    #expect(try decoder.finish() == "")
  }

  /// A byte-level tokenizer that puts special tokens around text, of letters from A.
  private func byteLevel(_ count: Int, rule: String = "gpt-2", beginning: Int? = nil) throws -> Tokenizer {
    var embedded = GGUFTokenizer(model: "gpt2", tokens: (0..<count).map { String(UnicodeScalar(UInt8(0x41 + $0))) })
    embedded.preTokenizer = rule
    embedded.addsBeginningOfSequence = true
    embedded.addsEndOfSequence = true
    embedded.beginningOfSequence = beginning
    return try Tokenizer(embedded)
  }

  @Test("a byte-level file that names no special tokens has llama.cpp's") func byteLevelDefaults() throws {
    #expect(try byteLevel(12).encode("A") == [11, 0, 11])
    #expect(try byteLevel(12, beginning: 3).encode("A") == [3, 0, 11])
    #expect(try byteLevel(12, rule: "glm4", beginning: 3).encode("A") == [3, 0, 11])
  }

  @Test("a special token that nobody names is an error", arguments: [(11, "gpt-2"), (12, "glm4")])
  func noDefault(_ count: Int, _ rule: String) {
    #expect {
      try byteLevel(count, rule: rule)
    } throws: {
      "\($0)".contains("tokenizer.ggml.bos_token_id: is missing") && "\($0)".contains("tokenizer.ggml.add_bos_token")
    }
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
