import Transformer

/// A tokenizer of ASCII letters, digits, the space, `<s>` (0) in front of a text and `</s>` (1); ids below 101.
enum LetterTokenizer {
  static let letters = Array(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;:!?-+*/=()<>[]{}_#%&'|~^@$")

  static var json: String {
    let vocabulary = letters.enumerated().map { #""\#($0.element)":\#($0.offset + 2)"# }.joined(separator: ",")
    return """
      {"model":{"type":"BPE","vocab":{"<s>":0,"</s>":1,\(vocabulary)},"merges":[]},
      "added_tokens":[{"id":0,"content":"<s>","special":true},{"id":1,"content":"</s>","special":true}],
      "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}},{"Sequence":{"id":"A"}}],
      "special_tokens":{"<s>":{"ids":[0]}}},"decoder":{"type":"Fuse"}}
      """
  }

  static func make() throws -> Tokenizer { try Tokenizer(json: try JSONParser().parse(json)) }

  /// The ids of `text` without `<s>`.
  static func ids(_ text: String) -> [Int32] { text.map { Int32(letters.firstIndex(of: $0)! + 2) } }
}
