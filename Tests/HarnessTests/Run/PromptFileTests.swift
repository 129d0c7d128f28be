import Foundation
import Testing
import Transformer

@testable import Harness

@Suite struct PromptFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func file(_ text: String) throws -> PromptFile {
    try folder.write(text, to: "prompts.jsonl")
    return try PromptFile(path: folder.path + "/prompts.jsonl", vocabularySize: 10)
  }

  @Test("prompts begin their lines and repeat when the batch has more sequences") func prompts() throws {
    let file = try file("{\"tokens\": [1, 2, 3]}\n\n{\"tokens\": [4, 5, 6, 7], \"source\": \"x\"}")
    #expect(try file.prompts(batchSize: 3, length: 2) == [[1, 2], [4, 5], [1, 2]])
    let error = #expect(throws: InputError.self) { try file.prompts(batchSize: 1, length: 4) }
    #expect(error?.description.contains("prompt 1 has 3 tokens") == true)
  }

  @Test(
    "a line that is no prompt is an error that names it",
    arguments: [
      "{\"tokens\": [10]}", "{\"tokens\": [-1]}", "{\"tokens\": [1.5]}", "{\"tokens\": 1}", "{}", "[1]", "x",
      "{\"tokens\": [9223372036854775807]}", "\u{0}",
    ])
  func badLine(line: String) {
    let error = #expect(throws: InputError.self) { try file("{\"tokens\": [1]}\n\(line)\n") }
    #expect(error?.description.contains("prompts.jsonl:2") == true)
  }

  @Test("a file without prompts is an error", arguments: ["", "\n", " \n\n"]) func empty(text: String) {
    #expect(throws: InputError.self) { try file(text) }
  }

  @Test("what is no regular file is an error at once") func notAFile() throws {
    let pipe = folder.path + "/pipe.jsonl"
    #expect(mkfifo(pipe, 0o600) == 0)
    let device = folder.path + "/device.jsonl"
    #expect(symlink("/dev/zero", device) == 0)
    let loop = folder.path + "/loop.jsonl"
    #expect(symlink(loop, loop) == 0)
    for path in [pipe, device, loop, folder.path + "/missing.jsonl", folder.path + "/.jsonl/"] {
      #expect(throws: InputError.self) { try PromptFile(path: path, vocabularySize: 10) }
    }
  }
}
