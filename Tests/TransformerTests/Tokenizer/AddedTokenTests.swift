import Testing

@testable import Transformer

@Suite struct AddedTokenTests {
  /// A tokenizer of a, b, c, x, a space and a line's end, 0 to 5, and the tokens that are added.
  private func tokenizer(normalizer: String = "null", _ tokens: String...) throws -> Tokenizer {
    let vocabulary = #"{"a":0,"b":1,"c":2,"x":3," ":4,"\n":5}"#
    return try Tokenizer(
      json: JSONParser().parse(
        #"{"model":{"type":"BPE","vocab":\#(vocabulary),"merges":[]},"normalizer":\#(normalizer),"#
          + #""added_tokens":[\#(tokens.joined(separator: ","))]}"#))
  }

  private func token(_ content: String, _ rest: String = #""normalized":false"#) -> String {
    #"{"content":"\#(content)",\#(rest)}"#
  }

  @Test(
    "tokens that are canonically equivalent are two",
    arguments: [("\u{E9}", "e\u{301}"), ("\u{F900}", "\u{8C48}"), ("\u{212B}", "\u{C5}")])
  func equivalent(one: String, other: String) throws {
    let tokenizer = try tokenizer(token(one), token(other))
    #expect(try tokenizer.encode("a" + one + other) == [0, 6, 7])
    #expect(tokenizer.id(of: one) == 6)
    #expect(tokenizer.id(of: other) == 7)
  }

  @Test("white space that a token takes may hold another token, from which text goes on") func strippedToken() throws {
    let lineEnd = try tokenizer(token("<r>", #""normalized":false,"rstrip":true"#), token(#"\n"#))
    #expect(try lineEnd.encode("<r>\n  x") == [6, 5, 4, 4, 3])
    #expect(try lineEnd.encode("a<r> \n \n b") == [0, 6, 5, 4, 5, 4, 1])
    let space = try tokenizer(token(" ", #""normalized":false,"lstrip":true,"rstrip":true"#))
    #expect(try space.encode("a     b") == [0, 4, 1])
    let both = try tokenizer(
      token("<r>", #""normalized":false,"rstrip":true"#), token(#"\n"#, #""normalized":false,"lstrip":true"#))
    #expect(try both.encode("<r>  \nx") == [6, 3])
  }

  @Test("of tokens that are equal when normalized the special one is found") func equalWhenNormalized() throws {
    let tokenizer = try tokenizer(
      normalizer: #"{"type":"Lowercase"}"#, token("ABC", #""normalized":true"#),
      token("abc", #""normalized":true,"special":true"#))
    #expect(try tokenizer.encode("xabcx") == [3, 7, 3])
  }

  @Test("a token of which normalization leaves nothing is an error") func emptyWhenNormalized() {
    let error = #expect(throws: InputError.self) {
      try tokenizer(normalizer: #"{"type":"Strip"}"#, token(" ", #""normalized":true"#))
    }
    #expect(error?.path == ["added_tokens"])
  }

  @Test("a token that stands there twice has its last options and stays special") func twice() throws {
    let tokenizer = try tokenizer(
      token("<x>", #""normalized":false,"special":true"#), token("<x>", #""normalized":true,"lstrip":true"#))
    #expect(try tokenizer.encode("a <x>b") == [0, 6, 1])
    #expect(tokenizer.isSpecial(6))
    #expect(throws: InputError.self) { try self.tokenizer(token("<x>"), token("<x>", #""normalized":true"#)) }
  }
}
