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
    return try run(provider, text: try text())
  }

  /// Generates on any engine.
  ///
  /// - Parameter text: what the checkpoint knows about text; ids need none.
  func run(
    _ provider: any EngineProvider, text: CheckpointText? = nil, memory: MemoryGuard = MemoryGuard()
  ) throws -> CommandStatus {
    try checkOptions()
    let prompt = try prompt(provider.configuration, text)
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
    let result = try generate(prompt, session, text)
    try write(result, prompt: prompt)

    var summary = result.summary
    if options.roofline, result.tokens.count > 1, let ceilings = provider.measureCeilings() {
      let trial = Trial(name: "", batchSize: 1, inputLength: prompt.count, outputLength: result.tokens.count)
      let workload = Workload(
        configuration: provider.configuration, trial: trial, weightDType: provider.weightDType,
        cacheDType: options.dtype)
      let seconds = summary.decode / Double(result.tokens.count - 1)
      summary.bandwidthUtilization = workload.meanDecodeBytes.map { $0 / seconds / ceilings.bytesPerSecond }
    }
    progress.note(summary.text)
    return .done
  }

  // MARK: Options

  private func checkOptions() throws {
    if options.prompt != nil, options.tokens != nil {
      throw InputError(path: ["--tokens"], problem: "stands beside --prompt", cure: "Give one of the two.")
    }
    guard options.prompt != nil || options.tokens != nil else {
      throw InputError(
        path: ["--prompt"], problem: "is missing", cure: "Give text, or token ids such as --tokens 1,2,3.")
    }
    guard options.maximumNewTokens >= 0 else {
      throw InputError(
        path: ["--max-new-tokens"], problem: "is \(options.maximumNewTokens)", cure: "Use 0 or more.")
    }
    if options.logits && !options.json {
      throw InputError(path: ["--logits"], problem: "is shown in the JSON object only", cure: "Add --json.")
    }
    if options.stop.contains(where: \.isEmpty) {
      throw InputError(path: ["--stop"], problem: "is empty", cure: "Give the text to stop at, or leave it out.")
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

  /// The checkpoint's tokenizer: needed for a prompt or stop texts, welcome for ids.
  private func text() throws -> CheckpointText? {
    if options.prompt != nil || !options.stop.isEmpty { return try CheckpointText.open(options.checkpoint) }
    guard CheckpointText.isPresent(in: options.checkpoint) else { return nil }
    do {
      return try CheckpointText.open(options.checkpoint)
    } catch {
      Progress(sink: standardError).note("note: tokens are not shown as text: \(error)")
      return nil
    }
  }

  private func prompt(_ configuration: ModelConfiguration, _ text: CheckpointText?) throws -> [Int32] {
    if let tokens = options.tokens {
      if !options.stop.isEmpty, text == nil { throw Self.noTokenizer("--stop") }
      return try TokenList.parse(tokens, vocabularySize: configuration.vocabularySize)
    }
    guard let text else { throw Self.noTokenizer("--prompt") }
    return try text.tokens(of: options.prompt ?? "", vocabularySize: configuration.vocabularySize)
  }

  private static func noTokenizer(_ option: String) -> InputError {
    InputError(path: [option], problem: "needs a tokenizer", cure: "Give token ids with --tokens 1,2,3.")
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

  // MARK: Generation

  private struct Generated {
    var tokens: [Int32] = []
    var text: String?
    /// The row after the last prompt token, [vocabulary].
    var promptLogits: [Float]?
    var summary: GenerateSummary
  }

  private func generate(
    _ prompt: [Int32], _ session: any GenerationSession, _ text: CheckpointText?
  ) throws -> Generated {
    var sampler = try sampler()
    let isStreamed = options.prompt != nil && !options.json
    var output = text.map {
      TextOutput($0.tokenizer, stops: options.stop, sink: isStreamed ? standardOutput : nil)
    }
    let ends: Set<Int32> =
      options.tokens != nil || options.ignoresEndOfSequence ? [] : text?.endOfSequence ?? []

    let start = Monotonic.now()
    try session.prefill([prompt])
    let prefillEnd = Monotonic.now()
    var result = Generated(
      promptLogits: options.logits ? Array(session.logits(0)) : nil,
      summary: GenerateSummary(
        promptTokens: prompt.count, newTokens: 0, prefill: Monotonic.seconds(from: start, to: prefillEnd), decode: 0))
    let firstStart = Monotonic.now()
    while result.tokens.count < options.maximumNewTokens {
      let stepStart = Monotonic.now()
      if let last = result.tokens.last { try session.decode([last]) }
      let token = try sampler?.next(session.logits(0)) ?? session.greedyToken(0)
      // What overflows in a layer reaches every logit.
      guard session.logits(0)[Int(token)].isFinite else { throw Sampler.notFinite }
      let stepEnd = Monotonic.now()
      if result.tokens.isEmpty {
        result.summary.firstToken = result.summary.prefill + Monotonic.seconds(from: firstStart, to: stepEnd)
      } else {
        result.summary.decode += Monotonic.seconds(from: stepStart, to: stepEnd)
      }
      result.tokens.append(token)
      try output?.append(token)
      if ends.contains(token) || output?.hasStopped == true { break }
    }
    try output?.finish()
    result.text = output?.text
    result.summary.newTokens = result.tokens.count
    return result
  }

  private func write(_ result: Generated, prompt: [Int32]) throws {
    guard options.json else {
      // Text is out already.
      let ids = result.tokens.map { "\($0)" }.joined(separator: ",")
      return try standardOutput.write(options.prompt != nil ? "\n" : ids + "\n")
    }
    var object = JSONObject()
    object["prompt_tokens"] = .array(prompt.map { .integer(Int($0)) })
    object["tokens"] = .array(result.tokens.map { .integer(Int($0)) })
    object["text"] = .optional(result.text)
    if let logits = result.promptLogits {
      // Through the shortest decimal that gives the same Float: half the digits of the Double.
      object["logits"] = .array(logits.map { .optional(Double("\($0)")) })
    }
    try standardOutput.write(JSONWriter().text(object.value) + "\n")
  }
}
