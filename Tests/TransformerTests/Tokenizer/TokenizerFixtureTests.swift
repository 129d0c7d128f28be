import Foundation
import Testing

@testable import Transformer

/// A tokenizer.json with strings and what the `tokenizers` package makes of them, or a GGUF file and what llama.cpp makes.
struct TokenizerFixture: CustomTestStringConvertible, Sendable {
  let folder: String
  var testDescription: String { folder.split(separator: "/").last.map(String.init) ?? folder }

  static let all = list("\(Golden.root)/tokenizers")
  static let embedded = list("\(Golden.root)/gguf-tokenizers")

  /// More of them, which scripts made for a comparison at development time.
  static let additional = ProcessInfo.processInfo.environment["LLM_BENCH_TOKENIZERS"].map { list($0) } ?? []

  var hasIDCases: Bool { FileManager.default.fileExists(atPath: "\(folder)/decoded.json") }

  private static func list(_ root: String) -> [TokenizerFixture] {
    ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted().compactMap { name in
      let folder = "\(root)/\(name)"
      return FileManager.default.fileExists(atPath: "\(folder)/expected.json") ? TokenizerFixture(folder: folder) : nil
    }
  }

  struct Case {
    var text: String
    var ids: [Int32]
    var plain: [Int32]
    var decoded: String
    var decodedAll: String
  }

  func cases() throws -> [Case] {
    guard case .array(let values) = try JSONParser.parse(contentsOf: "\(folder)/expected.json") else { return [] }
    return try values.map { value in
      Case(
        text: try text(value["text"]), ids: try ids(value["ids"]), plain: try ids(value["plain"]),
        decoded: try text(value["decoded"]), decodedAll: try text(value["decoded_all"]))
    }
  }

  /// Ids that no text need have, and what they decode to; for GGUF files.
  func idCases() throws -> [Case] {
    guard case .array(let values) = try JSONParser.parse(contentsOf: "\(folder)/decoded.json") else { return [] }
    return try values.map { value in
      Case(
        text: "", ids: try ids(value["ids"]), plain: [], decoded: try text(value["decoded"]),
        decodedAll: try text(value["decoded_all"]))
    }
  }

  func tokenizer() throws -> Tokenizer {
    let file = "\(folder)/tokenizer.gguf"
    guard FileManager.default.fileExists(atPath: file) else { return try Tokenizer(path: "\(folder)/tokenizer.json") }
    return try Tokenizer(#require(try GGUFTokenizer(metadata: GGUFFile(path: file).metadata)))
  }

  private func text(_ value: ConfigurationValue?) throws -> String {
    guard case .string(let text)? = value else { throw InputError(problem: "no string") }
    return text
  }

  private func ids(_ value: ConfigurationValue?) throws -> [Int32] {
    guard case .array(let values)? = value else { throw InputError(problem: "no list") }
    return try values.map {
      guard case .integer(let id) = $0 else { throw InputError(problem: "no id") }
      return Int32(id)
    }
  }
}

@Suite struct TokenizerFixtureTests {
  @Test("every kind of tokenizer has a fixture") func kinds() {
    #expect(TokenizerFixture.all.count >= 17)
    #expect(TokenizerFixture.embedded.count >= 12)
  }

  @Test(
    "ids and texts are those of the original library",
    arguments: TokenizerFixture.all + TokenizerFixture.embedded + TokenizerFixture.additional)
  func sameAsOriginal(_ fixture: TokenizerFixture) throws {
    let tokenizer = try fixture.tokenizer()
    var failures = 0
    let cases = try fixture.cases()
    #expect(cases.count >= 50)
    for item in cases {
      let ids = try tokenizer.encode(item.text)
      let plain = try tokenizer.encode(item.text, addsSpecialTokens: false)
      let decoded = try tokenizer.decode(item.plain)
      let decodedAll = try tokenizer.decode(item.ids, skipsSpecialTokens: false)
      let isRight =
        ids == item.ids && plain == item.plain && same(decoded, item.decoded) && same(decodedAll, item.decodedAll)
      if isRight { continue }
      failures += 1
      // A few are enough to see what is wrong.
      guard failures <= 3 else { continue }
      #expect(ids == item.ids, "\(escaped(item.text)): \(spelled(ids, tokenizer)), not \(spelled(item.ids, tokenizer))")
      #expect(plain == item.plain, "\(escaped(item.text)) without special tokens")
      #expect(same(decoded, item.decoded), "\(escaped(decoded)), not \(escaped(item.decoded))")
      #expect(same(decodedAll, item.decodedAll), "\(escaped(decodedAll)), not \(escaped(item.decodedAll))")
    }
    #expect(failures == 0, "\(failures) of \(cases.count) differ")
  }

  @Test(
    "a stream of tokens says what all of them say",
    arguments: TokenizerFixture.all + TokenizerFixture.embedded + TokenizerFixture.additional)
  func streaming(_ fixture: TokenizerFixture) throws {
    let tokenizer = try fixture.tokenizer()
    for item in try fixture.cases() where !item.decoded.unicodeScalars.contains("\u{FFFD}") {
      let text = try streamed(item.plain, tokenizer)
      #expect(same(text, item.decoded), "\(escaped(text)), not \(escaped(item.decoded))")
    }
  }

  @Test(
    "ids at random decode as in llama.cpp, at once and as they come",
    arguments: (TokenizerFixture.embedded + TokenizerFixture.additional).filter(\.hasIDCases))
  func randomIDs(_ fixture: TokenizerFixture) throws {
    let tokenizer = try fixture.tokenizer()
    let cases = try fixture.idCases()
    #expect(cases.count >= 50)
    for item in cases {
      for (isHidden, expected) in [(true, item.decoded), (false, item.decodedAll)] {
        let decoded = try tokenizer.decode(item.ids, skipsSpecialTokens: isHidden)
        #expect(same(decoded, expected), "\(item.ids): \(escaped(decoded)), not \(escaped(expected))")
        let text = try streamed(item.ids, tokenizer, skipsSpecialTokens: isHidden)
        #expect(same(text, expected), "\(item.ids) one by one: \(escaped(text)), not \(escaped(expected))")
      }
    }
  }

  private func streamed(_ ids: [Int32], _ tokenizer: Tokenizer, skipsSpecialTokens: Bool = true) throws -> String {
    var decoder = StreamingDecoder(tokenizer, skipsSpecialTokens: skipsSpecialTokens)
    var text = ""
    for id in ids { text += try decoder.next(id) }
    return text + (try decoder.finish())
  }

  // Swift takes canonically equivalent strings for equal.
  private func same(_ left: String, _ right: String) -> Bool { Array(left.utf8) == Array(right.utf8) }

  private func escaped(_ text: String) -> String {
    text.unicodeScalars.map { $0.escaped(asASCII: true) }.joined()
  }

  private func spelled(_ ids: [Int32], _ tokenizer: Tokenizer) -> String {
    ids.map { "\($0) \(escaped(tokenizer.token($0) ?? "?"))" }.joined(separator: "|")
  }
}
