import Testing
import Transformer

@testable import Harness

@Suite struct GenerateJobTests {
  private let standardOutput = MemorySink()

  private func run(
    _ change: (inout GenerateOptions) -> Void = { _ in }, configuration: (inout ModelConfiguration) -> Void = { _ in },
    free: Int = .max, largestLogit: Float = 10
  ) throws -> CommandStatus {
    var provider = FakeProvider()
    provider.engine.largestLogit = largestLogit
    configuration(&provider.configuration)
    var options = GenerateOptions(checkpoint: "folder", maximumNewTokens: 4)
    options.tokens = "1, 2,3"
    options.json = true
    change(&options)
    return try GenerateJob(options: options, standardOutput: standardOutput, standardError: MemorySink()).run(
      provider, memory: MemoryGuard { AvailableMemory(bytes: free, limit: "the test's limit") })
  }

  /// What the fake engine says after each prefix.
  private func expected(_ prompt: [Int32], _ count: Int) -> [Int] {
    var sequence = prompt
    for _ in 0..<count {
      let hash = sequence.reduce(UInt32(17)) { ($0 &* 31) &+ UInt32($1) }
      sequence.append(Int32(hash % 101))
    }
    return sequence.dropFirst(prompt.count).map(Int.init)
  }

  @Test("one JSON object holds the prompt and the greedy continuation") func json() throws {
    #expect(try run() == .done)
    let value = try JSONParser().parse(standardOutput.text)
    #expect(value["prompt_tokens"]?.arrayValue?.compactMap(\.integerValue) == [1, 2, 3])
    #expect(value["tokens"]?.arrayValue?.compactMap(\.integerValue) == expected([1, 2, 3], 4))
    #expect(value["logits"] == nil)
    #expect(standardOutput.text.hasSuffix("}\n"))
  }

  @Test("logits are the row after the prompt, not after what follows") func logits() throws {
    _ = try run { $0.logits = true }
    let logits = try #require(try JSONParser().parse(standardOutput.text)["logits"]?.arrayValue)
    #expect(logits.count == 101)
    #expect(logits.firstIndex { $0.doubleValue == 10 } == expected([1, 2, 3], 1)[0])
  }

  @Test("without --json the new tokens stand on one line") func plain() throws {
    _ = try run { $0.json = false }
    #expect(standardOutput.text == expected([1, 2, 3], 4).map(String.init).joined(separator: ",") + "\n")
  }

  @Test("no new tokens still gives the logits") func noTokens() throws {
    _ = try run {
      $0.maximumNewTokens = 0
      $0.logits = true
    }
    let value = try JSONParser().parse(standardOutput.text)
    #expect(value["tokens"] == .array([]))
    #expect(value["logits"]?.arrayValue?.count == 101)
  }

  @Test("a low temperature draws what greedy decoding takes") func lowTemperature() throws {
    _ = try run { $0.temperature = 0.01 }
    let value = try JSONParser().parse(standardOutput.text)
    #expect(value["tokens"]?.arrayValue?.compactMap(\.integerValue) == expected([1, 2, 3], 4))
  }

  @Test(
    "tokens that are no ids of the vocabulary are errors that name them",
    arguments: ["", "1,,2", "a", "1,-1", "101", "1,99999999999999999999", "1.5", ","])
  func badTokens(tokens: String) {
    #expect(throws: InputError.self) { try run { $0.tokens = tokens } }
    #expect(standardOutput.text.isEmpty)
  }

  @Test("options that cannot be meant are errors") func badOptions() {
    let changes: [(inout GenerateOptions) -> Void] = [
      { $0.maximumNewTokens = -1 }, { $0.temperature = -1 }, { $0.temperature = .nan }, { $0.topK = 5 },
      { ($0.temperature, $0.topK) = (1, 0) }, { ($0.temperature, $0.topP) = (1, 1.5) }, { $0.tokens = nil },
      { ($0.json, $0.logits) = (false, true) },
    ]
    for (index, change) in changes.enumerated() {
      #expect(throws: InputError.self, "change \(index)") { try run(change) }
    }
  }

  @Test("a next token that NaN or infinity chose is an error, drawn or not", arguments: [Float.nan, .infinity])
  func overflow(logit: Float) throws {
    for temperature in [nil, 1] as [Float?] {
      let error = #expect(throws: InputError.self) { try run({ $0.temperature = temperature }, largestLogit: logit) }
      #expect(error?.description.contains("NaN or infinity") == true)
    }
    #expect(standardOutput.text.isEmpty)
  }

  @Test("a text prompt is an error that names --tokens") func textPrompt() {
    let error = #expect(throws: InputError.self) { try run { $0.prompt = "hello" } }
    #expect(error?.description.contains("--tokens") == true)
  }

  @Test("more tokens than the model has positions is an error with both numbers", arguments: [63, Int.max])
  func tooLong(count: Int) throws {
    let error = #expect(throws: InputError.self) { try run { $0.maximumNewTokens = count } }
    #expect(error?.description.contains("\(count)") == true)
    #expect(error?.description.contains("64 positions") == true)
  }

  @Test("the last position can be used") func fullLength() throws {
    _ = try run { $0.maximumNewTokens = 62 }
    #expect(try JSONParser().parse(standardOutput.text)["tokens"]?.arrayValue?.count == 62)
  }

  @Test("a model without a table of positions can go beyond its training length") func unlimited() throws {
    _ = try run(
      { $0.maximumNewTokens = 100 }, configuration: { $0.position = .alibi(biasMax: 8) })
    #expect(try JSONParser().parse(standardOutput.text)["tokens"]?.arrayValue?.count == 100)
  }

  @Test("a model that does not fit is an error before it is loaded") func outOfMemory() {
    let error = #expect(throws: InputError.self) { try run(free: MemoryGuard.reserve + 10) }
    #expect(error?.description.contains("the test's limit") == true)
  }
}
