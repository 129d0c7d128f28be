import Foundation
import Testing
import Transformer

@testable import Harness

@Suite struct PromptFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func file(_ name: String, _ text: String, limit: Int = .max) throws -> PromptFile {
    let path = "\(folder.path)/\(name)"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return try PromptFile(path: path, vocabularySize: 101, limit: limit) { try LetterTokenizer.make() }
  }

  /// The ids of a text behind the token that every text begins with.
  private func marked(_ text: String) -> [Int32] { [0] + LetterTokenizer.ids(text) }

  @Test("each line of a text file is a prompt, cut or repeated to the length, its first token once") func text() throws
  {
    let prompts = try file("a.txt", "abc\r\n\n  \ndefgh\n")
    let expected = [marked("abca"), marked("defg"), marked("abca")]
    #expect(prompts.prompts(batchSize: 3, length: 5) == expected)
    #expect(prompts.use(batchSize: 3, length: 5) == .init(file: "\(folder.path)/a.txt", cut: 1, repeated: 2, whole: 0))
    #expect(prompts.prompts(batchSize: 1, length: 9) == [marked("abcabcab")])
    #expect(prompts.use(batchSize: 2, length: 4).whole == 1)
  }

  @Test("a line of a .jsonl file names its prompt, text or tokens") func lines() throws {
    let prompts = try file("a.jsonl", "{\"prompt\": \"ab\"}\n{\"text\": \"cd\", \"id\": 7}\n{\"tokens\": [9, 8]}\n")
    let expected = [marked("aba"), marked("cdc"), [9, 8, 9, 8]]
    #expect(prompts.prompts(batchSize: 3, length: 4) == expected)
  }

  @Test("token ids need no tokenizer") func tokens() throws {
    let path = "\(folder.path)/t.jsonl"
    try Data("{\"tokens\": [1, 2]}".utf8).write(to: URL(fileURLWithPath: path))
    let prompts = try PromptFile(path: path, vocabularySize: 101, limit: 8) { throw InputError(problem: "asked for") }
    #expect(prompts.prompts(batchSize: 1, length: 3) == [[1, 2, 1]])
  }

  @Test(
    "lines that hold no prompt are errors with their number",
    arguments: [
      "{\"prompt\": 7}", "{}", "[1]", "{\"prompt\": \"\"}", "{\"tokens\": []}", "{\"tokens\": [101]}",
      "{\"tokens\": [-1]}",
      "{\"tokens\": [1.5]}", "{\"tokens\": \"1\"}", "nonsense", "\u{0}",
    ])
  func faults(line: String) {
    let error = #expect(throws: InputError.self) { try file("bad.jsonl", "{\"prompt\": \"ok\"}\n\(line)\n") }
    #expect(error?.description.contains("bad.jsonl:2") == true, "\(error?.description ?? "")")
    // The line once, not that of the file and that of the text.
    #expect(error?.description.contains("bad.jsonl:2:1:1") == false)
  }

  @Test("an empty file, one that is missing and one that is not UTF-8 are errors") func files() throws {
    #expect(throws: InputError.self) { try file("empty.txt", "\n\n") }
    let path = "\(folder.path)/latin1.txt"
    try Data([0x61, 0xE9, 0x0A]).write(to: URL(fileURLWithPath: path))
    for path in [path, folder.path + "/none.txt", folder.path] {
      #expect(throws: InputError.self) {
        try PromptFile(path: path, vocabularySize: 101, limit: 1) { try LetterTokenizer.make() }
      }
    }
  }

  @Test("lines beyond those that the sweep needs are not read") func limit() throws {
    #expect(try file("a.jsonl", "{\"prompt\": \"ab\"}\nnonsense\n", limit: 1).prompts(batchSize: 1, length: 1) == [[0]])
  }

  @Test("what is no regular file is an error at once") func notAFile() throws {
    let pipe = folder.path + "/pipe.jsonl"
    #expect(mkfifo(pipe, 0o600) == 0)
    let device = folder.path + "/device.jsonl"
    #expect(symlink("/dev/zero", device) == 0)
    let loop = folder.path + "/loop.jsonl"
    #expect(symlink(loop, loop) == 0)
    for path in [pipe, device, loop, folder.path + "/missing.jsonl", folder.path + "/.jsonl/"] {
      #expect(throws: InputError.self) {
        try PromptFile(path: path, vocabularySize: 10, limit: 1) { try LetterTokenizer.make() }
      }
    }
  }
}
