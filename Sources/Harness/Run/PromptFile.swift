import Transformer

/// Prompts from a JSONL file: each line an object with "tokens", a list of token ids.
struct PromptFile: Sendable {
  private let path: String
  /// [line][token]
  private let lines: [[Int32]]

  /// - Throws: `InputError` for a file that cannot be read, a line that is no such object, or an id outside the vocabulary.
  init(path: String, vocabularySize: Int) throws {
    self.path = path
    guard path.hasSuffix(".jsonl") else {
      throw InputError(
        file: path, path: ["prompts"],
        problem: "is not a .jsonl file; prompts as text need a tokenizer, which this version lacks",
        cure: "Give a .jsonl file whose lines are {\"tokens\": [1, 2, 3]}, or leave prompts out for random ones.")
    }
    let limit = 256 << 20
    let text = String(decoding: try RegularFile.contents(of: path, sizeLimit: limit), as: UTF8.self)
    var lines: [[Int32]] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.allSatisfy(\.isWhitespace) { continue }
      lines.append(try Self.tokens(String(line), place: "\(path):\(index + 1)", vocabularySize: vocabularySize))
    }
    guard !lines.isEmpty else {
      throw InputError(file: path, problem: "holds no prompt", cure: "Add lines such as {\"tokens\": [1, 2, 3]}.")
    }
    self.lines = lines
  }

  /// The first `length` tokens of as many lines as the batch has sequences, [batch][length]; lines repeat when too few.
  func prompts(batchSize: Int, length: Int) throws -> [[Int32]] {
    try require(length: length)
    return (0..<batchSize).map { Array(lines[$0 % lines.count][..<length]) }
  }

  /// - Throws: `InputError` when a prompt has fewer tokens.
  func require(length: Int) throws {
    guard let short = lines.firstIndex(where: { $0.count < length }) else { return }
    throw InputError(
      file: path, problem: "prompt \(short + 1) has \(lines[short].count) tokens, input_lengths asks for \(length)",
      cure: "Use longer prompts or a smaller input length.")
  }

  private static func tokens(_ line: String, place: String, vocabularySize: Int) throws -> [Int32] {
    let object = try JSONParser(file: place).parse(line)
    guard let values = object["tokens"]?.arrayValue else {
      throw InputError(
        file: place, problem: "has no list \"tokens\"", cure: "Write each prompt as {\"tokens\": [1, 2, 3]}.")
    }
    return try values.map { value in
      guard case .integer(let token) = value else {
        throw InputError(file: place, path: ["tokens"], problem: "holds \(value.kind) where a token id must be")
      }
      guard token >= 0, token < vocabularySize, let id = Int32(exactly: token) else {
        throw InputError(
          file: place, path: ["tokens"], problem: "holds \(token), outside the vocabulary of \(vocabularySize) tokens",
          cure: "Ids go from 0 to \(vocabularySize - 1).")
      }
      return id
    }
  }
}
