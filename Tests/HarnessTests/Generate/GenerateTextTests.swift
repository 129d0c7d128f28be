import Testing
import Transformer

@testable import Harness

@Suite struct GenerateTextTests {
  private let standardOutput = MemorySink()
  private let standardError = MemorySink()

  private func run(
    _ change: (inout GenerateOptions) -> Void = { _ in }, endOfSequence: Set<Int32> = [], hasText: Bool = true
  ) throws -> CommandStatus {
    var options = GenerateOptions(checkpoint: "folder", maximumNewTokens: 12)
    options.prompt = "Hello"
    change(&options)
    let text = try LetterTokenizer.make()
    let job = GenerateJob(options: options, standardOutput: standardOutput, standardError: standardError)
    return try job.run(
      FakeProvider(), text: hasText ? CheckpointText(tokenizer: text, endOfSequence: endOfSequence) : nil)
  }

  /// What the fake engine says after the prompt.
  private func continuation(_ count: Int) throws -> [Int32] {
    var sequence = try LetterTokenizer.make().encode("Hello")
    for _ in 0..<count {
      let hash = sequence.reduce(UInt32(17)) { ($0 &* 31) &+ UInt32($1) }
      sequence.append(Int32(hash % 101))
    }
    return Array(sequence.suffix(count))
  }

  @Test("a prompt gets the special tokens of its tokenizer, and its continuation is shown as text") func prompt() throws
  {
    _ = try run { $0.json = true }
    let value = try JSONParser().parse(standardOutput.text)
    let prompt: [Int32] = [0] + LetterTokenizer.ids("Hello")
    #expect(value["prompt_tokens"]?.arrayValue?.compactMap(\.integerValue) == prompt.map(Int.init))
    let tokens = try continuation(12)
    #expect(value["tokens"]?.arrayValue?.compactMap(\.integerValue) == tokens.map(Int.init))
    let text = try LetterTokenizer.make().decode(tokens)
    #expect(value["text"] == .string(text))
  }

  @Test("without --json the text alone goes to standard output, and a summary to standard error") func plain() throws {
    _ = try run()
    let text = try LetterTokenizer.make().decode(try continuation(12))
    #expect(standardOutput.text == text + "\n")
    #expect(standardError.text.contains("6 prompt tokens"))
    #expect(standardError.text.contains("12 new tokens"))
    #expect(standardError.text.contains("tokens/s"))
  }

  @Test("an end-of-sequence token ends the text, unless it is ignored") func endOfSequence() throws {
    let tokens = try continuation(12)
    let end = tokens[5]
    let first = try #require(tokens.firstIndex(of: end))
    _ = try run({ $0.json = true }, endOfSequence: [end])
    let value = try JSONParser().parse(standardOutput.text)
    #expect(value["tokens"]?.arrayValue?.count == first + 1)
  }

  @Test("--ignore-eos goes on") func ignored() throws {
    _ = try run(
      {
        $0.json = true
        $0.ignoresEndOfSequence = true
      }, endOfSequence: Set(try continuation(12)))
    #expect(try JSONParser().parse(standardOutput.text)["tokens"]?.arrayValue?.count == 12)
  }

  @Test("a stop text ends the text before it") func stop() throws {
    let text = try LetterTokenizer.make().decode(try continuation(12))
    let stop = String(text.dropFirst(3).prefix(2))
    _ = try run {
      $0.stop = [stop]
      $0.json = true
    }
    let value = try JSONParser().parse(standardOutput.text)
    let place = try #require(text.firstRange(of: stop)).lowerBound
    #expect(value["text"] == .string(String(text[..<place])))
    let tokens = try #require(value["tokens"]?.arrayValue)
    #expect(tokens.count < 12)
  }

  @Test("a prompt or a stop text without a tokenizer is an error") func noTokenizer() {
    #expect(throws: InputError.self) { try run(hasText: false) }
    #expect(throws: InputError.self) {
      try run(
        {
          $0.prompt = nil
          $0.tokens = "1"
          $0.stop = ["x"]
        }, hasText: false)
    }
  }

  @Test("an empty prompt that no special token fills is an error, as are empty stop texts") func empty() throws {
    #expect(throws: InputError.self) { try run { $0.stop = [""] } }
    #expect(try run { $0.prompt = "" } == .done)
  }

  @Test("control characters never reach a terminal") func terminal() {
    #expect(TextOutput.printable("a\u{1B}[2J\n\t\u{9B}b") == "a\u{FFFD}[2J\n\t\u{FFFD}b")
  }
}
