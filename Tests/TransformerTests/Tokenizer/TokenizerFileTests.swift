import Testing

@testable import Transformer

@Suite struct TokenizerFileTests {
  private func tokenizer(_ json: String) throws -> Tokenizer { try Tokenizer(json: try JSONParser().parse(json)) }

  /// A tokenizer of single letters with a few merges; `model` and `rest` are added to the JSON.
  private func file(model: String = "", rest: String = "", vocab: String? = nil, merges: String? = nil) -> String {
    let letters = vocab ?? #"{"a":0,"b":1,"ab":2,"c":3,"abc":4,"aa":5,"aaaa":6}"#
    return
      #"{"model":{"type":"BPE","vocab":\#(letters),"merges":\#(merges ?? #"["a b","ab c",["a","a"],["aa","aa"]]"#)"#
      + (model.isEmpty ? "" : ",\(model)") + "}" + (rest.isEmpty ? "" : ",\(rest)") + "}"
  }

  private func message(_ json: String) -> String {
    do {
      _ = try tokenizer(json)
      return "accepted"
    } catch {
      return "\(error)"
    }
  }

  @Test("the smaller rank is merged first, and of equal ones the leftmost") func merges() throws {
    let tokenizer = try tokenizer(file())
    #expect(try tokenizer.encode("abc") == [4])
    #expect(try tokenizer.encode("aab") == [0, 2])
    #expect(try tokenizer.encode("aaaaa") == [6, 0])
    #expect(try tokenizer.encode("") == [])
  }

  @Test("characters that nothing stands for are dropped") func dropped() throws {
    // What is left stands side by side, as in the original.
    #expect(try tokenizer(file()).encode("xaxb") == [2])
  }

  @Test("an unknown character without the token for it is an error that shows both") func missingUnknown() throws {
    let tokenizer = try tokenizer(file(model: #""unk_token":"<unk>""#))
    #expect(try tokenizer.encode("ab") == [2])
    let error = #expect(throws: InputError.self) { try tokenizer.encode("a?") }
    #expect(error?.description.contains("'<unk>'") == true)
  }

  @Test(
    "what is wrong or not supported is named",
    arguments: [
      (#"{"model":{"type":"Unigram","vocab":[]}}"#, "Unigram"), ("[]", "a mapping"), ("{}", "model"),
      (#"{"model":{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]}}"#, "id 0"),
      (#"{"model":{"type":"BPE","vocab":{"a":-1},"merges":[]}}"#, "id -1"),
      (#"{"model":{"type":"BPE","vocab":{"a":4294967295},"merges":[]}}"#, "4294967295"),
      (#"{"model":{"type":"BPE","vocab":{"a":1.5},"merges":[]}}"#, "integer"),
      (#"{"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}}"#, "'b'"),
      (#"{"model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":["a b"]}}"#, "'ab'"),
      (#"{"model":{"type":"BPE","vocab":{"a":0},"merges":["a"]}}"#, "entry 0"),
      (#"{"model":{"type":"BPE","vocab":{"a":0},"merges":["a  a"]}}"#, "entry 0"),
      (#"{"model":{"type":"BPE","vocab":{"a":0},"merges":[["a"]]}}"#, "entry 0"),
      (#"{"model":{"type":"BPE","vocab":{"a":0},"merges":[7]}}"#, "entry 0"),
      (
        #"{"model":{"type":"BPE","vocab":{"a":0,"aa":1},"merges":["a a"],"continuing_subword_prefix":"@@@@"}}"#, "@@@@"
      ),
      (#"{"model":{"type":"BPE","vocab":{},"merges":[],"dropout":0.1}}"#, "dropout"),
      (#"{"model":{"type":"BPE","vocab":{},"merges":[],"droput":0.1}}"#, "droput"),
    ])
  func faults(json: String, part: String) {
    #expect(message(json).contains(part), "\(message(json))")
  }

  @Test(
    "a stage that is not supported is named",
    arguments: [
      (#""normalizer":{"type":"Precompiled","precompiled_charsmap":"AA=="}"#, "Precompiled"),
      (#""pre_tokenizer":{"type":"UnicodeScripts"}"#, "UnicodeScripts"),
      (#""pre_tokenizer":{"type":"Split","pattern":{"Regex":"(a)\\1"},"behavior":"Isolated","invert":false}"#, "(a)"),
      (#""pre_tokenizer":{"type":"Split","pattern":{"Regex":"a(?!bc)"},"behavior":"Isolated"}"#, "more than one"),
      (#""pre_tokenizer":{"type":"Split","pattern":{"Regex":"a"},"behavior":"isolated"}"#, "did you mean 'Isolated'"),
      (#""pre_tokenizer":{"type":"Split","pattern":"a","behavior":"Isolated"}"#, "pattern"),
      (#""pre_tokenizer":{"type":"Metaspace","replacement":"ab"}"#, "replacement"),
      (#""post_processor":{"type":"Template"}"#, "Template"),
      (#""post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x"}}]}"#, "'x'"),
      (#""decoder":{"type":"CTC"}"#, "CTC"), (#""decoder":{"type":"Fuse","x":1}"#, "'x'"),
      (#""normalizer":{"type":"Replace","pattern":{"String":""},"content":"x"}"#, "not empty"),
      (#""added_tokens":[{"id":7,"content":"x"},{"id":7,"content":"y"}]"#, "id 7"),
      (#""added_tokens":{}"#, "added_tokens"),
      (#""normalizer":{"type":"Replace","pattern":{"Regex":"x*"},"content":"y"}"#, "may match nothing"),
      (#""decoder":{"type":"Replace","pattern":{"Regex":"^"},"content":"y"}"#, "may match nothing"),
      (#""pre_tokenizer":{"type":"Metaspace","add_prefix_space":false}"#, "prepend_scheme"),
      (#""pre_tokenizer":{"type":"Metaspace","add_prefix_space":false,"prepend_scheme":"first"}"#, "prepend_scheme"),
      (#""post_processor":{"type":"Sequence","processors":[\#(template),\#(template)]}"#, "more tokens"),
      (#""post_processor":{"type":"Sequence","processors":[\#(template),\#(roberta)]}"#, "more tokens"),
    ])
  func stages(rest: String, part: String) {
    #expect(message(file(rest: rest)).contains(part), "\(message(file(rest: rest)))")
  }

  private static let template =
    #"{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"a"}},{"Sequence":{"id":"A"}}],"#
    + #""special_tokens":{"a":{"ids":[0]}}}"#
  private static let roberta = #"{"type":"RobertaProcessing","sep":["b",1],"cls":["c",3]}"#

  @Test("a template may stand around another processor's tokens") func postProcessors() throws {
    let tokenizer = try tokenizer(
      file(
        rest: #""post_processor":{"type":"Sequence","processors":[{"type":"ByteLevel"},\#(Self.roberta),"#
          + #"\#(Self.template),{"type":"ByteLevel"}]}"#))
    #expect(try tokenizer.encode("ab") == [0, 3, 2, 1])
  }

  @Test("letters that Unicode 16 does not know stay as they are") func lowercase() throws {
    let tokenizer = try tokenizer(
      file(
        rest: #""normalizer":{"type":"Lowercase"}"#, vocab: #"{"a":0,"\uA7CE":1,"\uA7CF":2}"#, merges: "[]"))
    #expect(try tokenizer.encode("A\u{A7CE}") == [0, 1])
  }

  private static let first = #"{"type":"Metaspace","prepend_scheme":"first"}"#

  @Test(
    "where the first piece may be another than the original's, its mark is refused",
    arguments: [
      (#"{"type":"StripAccents"}"#, first), (#"{"type":"Replace","pattern":{"String":"aa"},"content":"b"}"#, first),
      (#"{"type":"Replace","pattern":{"String":"a"},"content":""}"#, first),
      (#"{"type":"Replace","pattern":{"Regex":"a"},"content":"b"}"#, first),
      (
        #"{"type":"NFKC"}"#,
        #"{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},\#(first)]}"#
      ),
      ("null", #"{"type":"Sequence","pretokenizers":[{"type":"ByteLevel"},\#(first)]}"#),
    ])
  func firstPieceUnknown(normalizer: String, preTokenizer: String) {
    let message = message(file(rest: #""normalizer":\#(normalizer),"pre_tokenizer":\#(preTokenizer)"#))
    #expect(message.contains("prepend_scheme first"), "\(message)")
  }

  @Test(
    "the first piece gets the mark of the text's beginning",
    arguments: [
      ("null", "ab aab", [8, 2, 8, 0, 2]), (#"{"type":"NFKC"}"#, "a b", [8, 0, 8, 1]),
      (#"{"type":"Replace","pattern":{"String":"c"},"content":"\u2581"}"#, "cab", [8, 2]),
      (#"{"type":"Strip"}"#, " a b", [0, 8, 1]), (#"{"type":"Prepend","prepend":"c"}"#, "a b", [8, 3, 0, 8, 1]),
    ])
  func firstPiece(normalizer: String, text: String, expected: [Int32]) throws {
    let tokenizer = try tokenizer(
      file(
        rest: #""normalizer":\#(normalizer),"pre_tokenizer":\#(Self.first)"#,
        vocab: #"{"a":0,"b":1,"ab":2,"c":3,"\u2581":8}"#, merges: #"["a b"]"#))
    #expect(try tokenizer.encode(text) == expected)
  }

  @Test("rules nested without end are refused") func nesting() {
    let deep = String(repeating: #"{"type":"Sequence","normalizers":["#, count: 40)
    let text = deep + #"{"type":"NFC"}"# + String(repeating: "]}", count: 40)
    #expect(message(file(rest: "\"normalizer\":\(text)")).contains("nested"))
  }

  @Test("ids need not be dense, and those not in use have no text") func holes() throws {
    let tokenizer = try tokenizer(file(vocab: #"{"a":3,"b":900}"#, merges: "[]"))
    #expect(try tokenizer.encode("ab") == [3, 900])
    #expect(try tokenizer.decode([3, 5, 900, -1, .max]) == "a b")
    #expect(tokenizer.vocabularySize == 901)
    #expect(tokenizer.token(5) == nil)
  }

  @Test("of added tokens the longest is found, and special ones can be left out of the text") func addedTokens() throws
  {
    let tokenizer = try tokenizer(
      file(
        rest: #""added_tokens":[{"id":7,"content":"<x>","special":true},"#
          + #"{"id":8,"content":"<x>>","normalized":false}]"#))
    #expect(try tokenizer.encode("a<x>b<x>>c") == [0, 7, 1, 8, 3])
    #expect(try tokenizer.decode([0, 7, 8]) == "a <x>>")
    #expect(try tokenizer.decode([0, 7], skipsSpecialTokens: false) == "a <x>")
    #expect(tokenizer.isSpecial(7) && !tokenizer.isSpecial(8))
  }

  @Test(
    "a long word takes no more steps than its length allows",
    arguments: ["a", "ab", "\u{1F469}\u{200D}", "e\u{301}", "\u{301}", " ", "\n", "'", "1", "\u{E9}"])
  func longWord(unit: String) throws {
    // Quadratic work would take minutes.
    for fixture in TokenizerFixture.all
    where ["gpt2", "llama2", "neox"].contains("\(fixture.testDescription)") {
      let tokenizer = try fixture.tokenizer()
      let text = String(repeating: unit, count: 20_000)
      let ids = try tokenizer.encode(text)
      #expect(!ids.isEmpty)
    }
  }
}
