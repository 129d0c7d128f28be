import Transformer

/// Prompts from a file: each line of a text file, or of a .jsonl file an object with "prompt", "text" or "tokens".
struct PromptFile: Sendable {
  private let path: String
  /// The prompts, one a line.
  private let prompts: [Prompt]

  private struct Prompt {
    /// Special tokens in front, which stand there once.
    var prefix: [Int32] = []
    var content: [Int32]
    var count: Int { prefix.count + content.count }
  }

  /// How the prompts of a trial came to their length.
  struct Use: Sendable, Equatable {
    var file: String
    /// Sequences whose prompt was cut, was repeated, or fitted.
    var cut = 0
    var repeated = 0
    var whole = 0

    var json: ConfigurationValue {
      var object = JSONObject()
      object["file"] = .string(file)
      object["cut"] = .integer(cut)
      object["repeated"] = .integer(repeated)
      object["whole"] = .integer(whole)
      return object.value
    }
  }

  /// - Parameters:
  ///   - limit: prompts that are needed; further lines are not read.
  ///   - open: the tokenizer, asked for when the first prompt is text.
  /// - Throws: `InputError` for a file that cannot be read, a line that holds no prompt, an id outside the vocabulary.
  init(path: String, vocabularySize: Int, limit: Int, tokenizer open: () throws -> Tokenizer) throws {
    self.path = path
    let isJSON = path.hasSuffix(".jsonl")
    var parser = JSONParser(file: path)
    var opened: Tokenizer?
    var prompts: [Prompt] = []
    for (index, line) in try Self.lines(path).enumerated() where prompts.count < limit {
      let place = "\(path):\(index + 1)"
      guard let text = String(validating: line, as: UTF8.self) else {
        throw InputError(file: place, problem: "is not UTF-8", cure: "Save the file as UTF-8.")
      }
      if text.allSatisfy(\.isWhitespace) { continue }
      parser.firstLine = index + 1
      let object = isJSON ? try parser.parse(text) : .null
      if let tokens = object["tokens"] {
        prompts.append(Prompt(content: try Self.ids(tokens, place, vocabularySize: vocabularySize)))
        continue
      }
      let content = isJSON ? try Self.text(of: object, place) : text
      let tokenizer = try opened ?? open()
      opened = tokenizer
      prompts.append(try Self.encode(content, tokenizer, place, vocabularySize: vocabularySize))
    }
    guard !prompts.isEmpty else {
      throw InputError(
        file: path, problem: "holds no prompt",
        cure: isJSON ? "Add lines such as {\"prompt\": \"…\"}." : "Add a prompt on each line.")
    }
    self.prompts = prompts
  }

  /// Prompts of exactly `length` tokens, [batch][length]: longer ones are cut, shorter ones repeated. Lines come again when
  /// there are fewer than sequences.
  func prompts(batchSize: Int, length: Int) -> [[Int32]] {
    (0..<batchSize).map { sequence in
      let prompt = prompts[sequence % prompts.count]
      var tokens = Array(prompt.prefix.prefix(length))
      while tokens.count < length { tokens += prompt.content.prefix(length - tokens.count) }
      return tokens
    }
  }

  func use(batchSize: Int, length: Int) -> Use {
    var use = Use(file: path)
    for sequence in 0..<batchSize {
      switch prompts[sequence % prompts.count].count {
      case length: use.whole += 1
      case ..<length: use.repeated += 1
      default: use.cut += 1
      }
    }
    return use
  }

  // MARK: Reading

  private static let sizeLimit = 256 << 20

  /// The lines as bytes.
  private static func lines(_ path: String) throws -> [ArraySlice<UInt8>] {
    let bytes = try RegularFile.contents(of: path, sizeLimit: sizeLimit)
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let content = bytes.starts(with: mark) ? bytes[mark.count...] : bytes[...]
    return content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
      line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }
  }

  private static func text(of object: ConfigurationValue, _ place: String) throws -> String {
    for key in ["prompt", "text"] {
      switch object[key] {
      case nil: continue
      case .string(let text): return text
      case let value?:
        throw InputError(
          file: place, path: [key], problem: "must be a string, is \(value.kind)", cure: "Write the prompt as text.")
      }
    }
    throw InputError(
      file: place, problem: "has neither \"prompt\" nor \"text\" nor \"tokens\"",
      cure: "Write each prompt as {\"prompt\": \"…\"} or {\"tokens\": [1, 2, 3]}.")
  }

  private static func encode(
    _ text: String, _ tokenizer: Tokenizer, _ place: String, vocabularySize: Int
  ) throws -> Prompt {
    do {
      let content = try tokenizer.encode(text, addsSpecialTokens: false)
      let whole = try tokenizer.encode(text)
      try CheckpointText.check(whole, tokenizer, vocabularySize: vocabularySize)
      guard !content.isEmpty else {
        throw InputError(file: place, problem: "has no token", cure: "Write some text, or remove the line.")
      }
      // Special tokens behind the text would end what is to be continued.
      let prefixCount = tokenizer.specialPrefix.count
      return Prompt(prefix: Array(whole.prefix(prefixCount)), content: content)
    } catch var error as InputError {
      if error.file == nil { error.file = place }
      throw error
    }
  }

  private static func ids(_ value: ConfigurationValue, _ place: String, vocabularySize: Int) throws -> [Int32] {
    guard case .array(let values) = value, !values.isEmpty else {
      throw InputError(
        file: place, path: ["tokens"], problem: "is no list of token ids",
        cure: "Write each prompt as {\"tokens\": [1, 2, 3]}.")
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
