import Tensor
import Transformer

/// `llm-bench generate`: continues a prompt with a checkpoint's model.
public struct GenerateJob {
  public var options: GenerateOptions
  private let standardOutput: any TextSink
  private let standardError: any TextSink

  public init(
    options: GenerateOptions, standardOutput: any TextSink = DescriptorSink.standardOutput,
    standardError: any TextSink = DescriptorSink.standardError
  ) {
    self.options = options
    self.standardOutput = standardOutput
    self.standardError = standardError
  }

  /// - Throws: `InputError` for a bad option, token or checkpoint.
  public func run() throws -> CommandStatus {
    try checkOptions()
    let provider = try NativeEngineProvider(
      model: .checkpoint(folder: options.checkpoint), seed: options.seed, dtype: options.dtype,
      arithmeticDType: options.dtype, cacheDType: options.dtype, hugePages: true,
      threads: try ThreadCount.resolve(option: options.threads))
    return try run(provider)
  }

  /// Generates on any engine.
  func run(_ provider: any EngineProvider, memory: MemoryGuard = MemoryGuard()) throws -> CommandStatus {
    try checkOptions()
    var sampler = try sampler()
    let prompt = try TokenList.parse(
      options.tokens ?? "", vocabularySize: provider.configuration.vocabularySize)
    let capacity = provider.configuration.cacheCapacity(
      length: try length(prompt: prompt.count, provider.configuration))
    if let reason = memory.refusal(
      provider.memoryDemand(batchSize: 1, capacity: capacity), weightsLoaded: false)
    {
      throw InputError(
        file: options.checkpoint, problem: "does not fit in memory: \(reason)",
        cure: "Use a smaller --dtype or fewer tokens, or free memory.")
    }

    let progress = Progress(sink: standardError)
    progress.loadBegan("\(provider.parameterCount) parameters")
    let engine = try provider.load { progress.loaded($0) }
    progress.loadEnded("\(byteText(engine.weightBytes)) of weights")
    let session = try engine.openSession(batchSize: 1, capacity: capacity)
    try session.prefill([prompt])
    let promptLogits = options.logits ? Array(session.logits(0)) : nil

    var tokens: [Int32] = []
    while tokens.count < options.maximumNewTokens {
      if let last = tokens.last { try session.decode([last]) }
      tokens.append(try sampler?.next(session.logits(0)) ?? session.greedyToken(0))
    }
    try standardOutput.write(text(prompt: prompt, tokens: tokens, logits: promptLogits))
    return .done
  }

  private func checkOptions() throws {
    if options.prompt != nil {
      throw InputError(
        path: ["--prompt"], problem: "needs a tokenizer, which this version lacks",
        cure: "Give token ids with --tokens 1,2,3.")
    }
    guard options.tokens != nil else {
      throw InputError(path: ["--tokens"], problem: "is missing", cure: "Give token ids such as --tokens 1,2,3.")
    }
    guard options.maximumNewTokens >= 0 else {
      throw InputError(
        path: ["--max-new-tokens"], problem: "is \(options.maximumNewTokens)", cure: "Use 0 or more.")
    }
    if options.logits && !options.json {
      throw InputError(path: ["--logits"], problem: "is shown in the JSON object only", cure: "Add --json.")
    }
    _ = try sampler()
  }

  /// `nil` is greedy.
  private func sampler() throws -> Sampler? {
    guard let temperature = options.temperature else {
      let misplaced = options.topK != nil ? "--top-k" : options.topP != nil ? "--top-p" : nil
      if let misplaced {
        throw InputError(
          path: [misplaced], problem: "has no effect on greedy decoding", cure: "Add --temperature, or leave it out.")
      }
      return nil
    }
    return try Sampler(temperature: temperature, topK: options.topK, topP: options.topP, seed: options.seed)
  }

  /// Tokens that will be processed: the prompt and all new tokens but the last.
  private func length(prompt: Int, _ configuration: ModelConfiguration) throws -> Int {
    let (end, overflow) = (prompt - 1).addingReportingOverflow(max(1, options.maximumNewTokens))
    // Only a learned table ends; other encodings go on, as far as memory goes.
    let limit = configuration.position == .learned ? configuration.maximumSequenceLength : Int(Int32.max)
    guard !overflow, end <= limit else {
      throw InputError(
        path: ["--max-new-tokens"],
        problem:
          "\(options.maximumNewTokens) after a prompt of \(prompt) tokens is more than the model's \(limit) positions",
        cure: limit >= prompt ? "Use at most \(limit - prompt + 1)." : "Use a shorter prompt.")
    }
    return end
  }

  private func text(prompt: [Int32], tokens: [Int32], logits: [Float]?) -> String {
    guard options.json else { return tokens.map { "\($0)" }.joined(separator: ",") + "\n" }
    var object = JSONObject()
    object["prompt_tokens"] = .array(prompt.map { .integer(Int($0)) })
    object["tokens"] = .array(tokens.map { .integer(Int($0)) })
    // Without a tokenizer there is no text.
    object["text"] = .null
    if let logits {
      // Through the shortest decimal that gives the same Float: half the digits of the Double.
      object["logits"] = .array(logits.map { .optional(Double("\($0)")) })
    }
    return JSONWriter().text(object.value) + "\n"
  }
}
