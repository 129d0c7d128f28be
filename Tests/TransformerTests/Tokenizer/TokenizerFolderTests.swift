import Foundation
import Testing

@testable import Transformer

@Suite struct TokenizerFolderTests {
  /// a, b, the three tokens of Llama, and a space as the byte alphabet spells it.
  private static let model =
    #""model":{"type":"BPE","vocab":{"a":0,"b":1,"<unk>":2,"<s>":3,"</s>":4,"\u0120":5},"merges":[]}"#
  private static let listed =
    #""added_tokens":[{"content":"<s>","special":true,"normalized":false},{"content":"</s>","special":true},"#
    + #"{"content":"<unk>","special":true}]"#
  private static let llama = "{\(model),\(listed)}"
  private static let template =
    #""post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}},{"Sequence":{"id":"A"}}],"#
    + #""special_tokens":{"<s>":{"ids":[3]}}}"#
  private static let bytes = #""pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true}"#

  /// What a folder with these files makes of a text.
  private func ids(_ files: [String: String], of text: String = "ab") throws -> [Int32] {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("folder-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, content) in files {
      try content.write(to: folder.appendingPathComponent(name + ".json"), atomically: true, encoding: .utf8)
    }
    return try TokenizerFolder(folder.path).tokenizer().encode(text)
  }

  @Test(
    "classes that have a template of their own replace the file's",
    arguments: [
      (#"{"tokenizer_class":"LlamaTokenizer"}"#, [3, 0, 1]),
      (#"{"tokenizer_class":"LlamaTokenizerFast","bos_token":"</s>"}"#, [4, 0, 1]),
      (#"{"tokenizer_class":"LlamaTokenizer","bos_token":null,"add_bos_token":false}"#, [0, 1]),
      (#"{"tokenizer_class":"LlamaTokenizer","add_bos_token":null,"add_eos_token":true}"#, [0, 1, 4]),
      (#"{"tokenizer_class":"CodeLlamaTokenizerFast"}"#, [3, 0, 1]),
      (#"{"tokenizer_class":"GemmaTokenizer","bos_token":"<s>"}"#, [3, 0, 1]),
      (#"{"tokenizer_class":"CohereTokenizerFast","bos_token":{"content":"<s>"}}"#, [3, 0, 1]),
      (#"{"tokenizer_class":"GPTNeoXTokenizer"}"#, [0, 1]),
      (#"{"tokenizer_class":"GPTNeoXTokenizerFast","bos_token":"<s>","add_bos_token":true}"#, [3, 0, 1]),
      (#"{"tokenizer_class":"PreTrainedTokenizerFast","bos_token":"</s>","add_bos_token":true}"#, [3, 0, 1]),
      (#"{"tokenizer_class":"GPT2Tokenizer","add_bos_token":true}"#, [3, 0, 1]),
    ])
  func templates(configuration: String, expected: [Int32]) throws {
    let file = "{\(Self.model),\(Self.listed),\(Self.template)}"
    #expect(try ids(["tokenizer": file, "tokenizer_config": configuration]) == expected)
  }

  @Test("without a class config.json says which it is") func modelType() throws {
    let model = #"{"model_type":"mistral"}"#
    #expect(try ids(["tokenizer": Self.llama, "config": model]) == [3, 0, 1])
    #expect(try ids(["tokenizer": Self.llama, "config": model, "tokenizer_config": "{}"]) == [3, 0, 1])
    #expect(try ids(["tokenizer": Self.llama, "config": #"{"model_type":"falcon"}"#]) == [0, 1])
    #expect(try ids(["tokenizer": Self.llama]) == [0, 1])
  }

  @Test("special_tokens_map.json counts where no added_tokens_decoder stands") func specialTokensMap() throws {
    var files = [
      "tokenizer": Self.llama, "tokenizer_config": #"{"tokenizer_class":"LlamaTokenizer","bos_token":"<s>"}"#,
      "special_tokens_map": #"{"bos_token":"</s>"}"#,
    ]
    #expect(try ids(files) == [4, 0, 1])
    files["tokenizer_config"] = #"{"tokenizer_class":"LlamaTokenizer","bos_token":"<s>","added_tokens_decoder":{}}"#
    #expect(try ids(files) == [3, 0, 1])
  }

  @Test(
    "a byte-level pre-tokenizer has the prefix space of the configuration, which is none by default",
    arguments: [
      (#"{"tokenizer_class":"GPT2Tokenizer"}"#, [0]), (#"{"tokenizer_class":"PreTrainedTokenizerFast"}"#, [0]),
      (#"{"tokenizer_class":"TokenizersBackend"}"#, [0]),
      (#"{"tokenizer_class":"Qwen2Tokenizer"}"#, [0]), (#"{"tokenizer_class":"GPTNeoXTokenizerFast"}"#, [0]),
      (#"{"tokenizer_class":"GPT2Tokenizer","add_prefix_space":true}"#, [5, 0]),
      (#"{"tokenizer_class":"GPT2Tokenizer","add_prefix_space":null}"#, [5, 0]),
      (#"{"tokenizer_class":"LlamaTokenizerFast","add_bos_token":false}"#, [5, 0]),
    ])
  func prefixSpace(configuration: String, expected: [Int32]) throws {
    let file = "{\(Self.model),\(Self.listed),\(Self.bytes)}"
    #expect(try ids(["tokenizer": file, "tokenizer_config": configuration], of: "a") == expected)
  }

  @Test("tokens of the configuration are added, and its options count") func addedTokens() throws {
    let configuration =
      #"{"tokenizer_class":"PreTrainedTokenizerFast","pad_token":"[PAD]","added_tokens_decoder":{"#
      + #""9":{"content":"<y>","special":true},"7":{"content":"<x>","normalized":false},"#
      + #""3":{"content":"<s>","special":true,"normalized":false,"rstrip":true}}}"#
    let files = ["tokenizer": Self.llama, "tokenizer_config": configuration]
    #expect(try ids(files, of: "<s>  a<x><y>[PAD]") == [3, 0, 6, 7, 8])
    let code = ["tokenizer": Self.llama, "tokenizer_config": #"{"tokenizer_class":"CodeLlamaTokenizer"}"#]
    #expect(try ids(code, of: "a\u{2581}<PRE>") == [3, 0, 6])
  }

  @Test(
    "what makes another tokenizer is refused by name",
    arguments: [
      (#"{"split_special_tokens":true}"#, "split_special_tokens"), (#"{"tokenizer_class":"Unheard"}"#, "'Unheard'"),
      (#"{"extra_special_tokens":{"image_token":"<i>"}}"#, "extra_special_tokens"),
      (#"{"tokenizer_class":"LlamaTokenizer","add_prefix_space":false}"#, "add_prefix_space"),
      (#"{"tokenizer_class":"LlamaTokenizer","add_prefix_space":true}"#, "add_prefix_space"),
      (#"{"tokenizer_class":"LlamaTokenizer","bos_token":null,"added_tokens_decoder":{}}"#, "bos_token"),
      (#"{"tokenizer_class":"PreTrainedTokenizerFast"}"#, "'<z>'"),
    ])
  func refused(configuration: String, part: String) {
    let files = [
      "tokenizer": Self.llama, "tokenizer_config": configuration, "added_tokens": #"{"<s>":3,"<z>":9}"#,
    ]
    let error = #expect(throws: InputError.self) { try ids(files) }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    #expect(error?.file?.contains("tokenizer_config.json") == true)
  }
}
