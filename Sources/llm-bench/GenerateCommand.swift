import ArgumentParser
import Harness
import Tensor

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Continues a prompt with a checkpoint's model.",
    discussion: """
      Greedy unless a temperature is given. After --prompt it prints the text as it comes, up to an end-of-sequence \
      token; after --tokens the ids of all new tokens; with --json one object. A summary goes to standard error.
      """)

  @Option(help: "A folder with config.json and safetensors, or a GGUF file.", completion: .file())
  var checkpoint: String

  @Option(parsing: .unconditional, help: "The prompt as text, for the checkpoint's tokenizer.")
  var prompt: String?

  // A negative number is a bad value, not the next option.
  @Option(parsing: .unconditional, help: "The prompt as token ids: 1,2,3.")
  var tokens: String?

  @Option(parsing: .unconditional, help: "Tokens to generate.")
  var maxNewTokens: Int

  @Option(help: "dtype of weights and KV cache: \(DType.allCases.map(\.rawValue).joined(separator: ", ")).")
  var dtype = DType.fp32

  @Option(parsing: .unconditional, help: "Threads to use. (default: as many as the process may use)")
  var threads: Int?

  @Option(parsing: .unconditional, help: "Draw tokens at this temperature instead of taking the most likely.")
  var temperature: Float?

  @Option(name: .customLong("top-k"), parsing: .unconditional, help: "Draw from this many most likely tokens.")
  var topK: Int?

  @Option(
    name: .customLong("top-p"), parsing: .unconditional,
    help: "Draw from the most likely tokens that together reach this probability.")
  var topP: Float?

  @Option(parsing: .unconditional, help: "Seed of the draws.")
  var seed: UInt64 = 0

  @Option(parsing: .unconditionalSingleValue, help: "Text that ends the generation and is not shown; may be repeated.")
  var stop: [String] = []

  @Flag(help: "With --prompt: go on after an end-of-sequence token.")
  var ignoreEos = false

  @Flag(help: "Measure the read bandwidth, one to two seconds, and say which share of it decode reached.")
  var roofline = false

  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(help: "With --json: the logits after the last prompt token.")
  var logits = false

  func run() throws {
    var options = GenerateOptions(checkpoint: checkpoint, maximumNewTokens: maxNewTokens)
    options.prompt = prompt
    options.tokens = tokens
    options.dtype = dtype
    options.threads = threads
    options.temperature = temperature
    options.topK = topK
    options.topP = topP
    options.seed = seed
    options.stop = stop
    options.ignoresEndOfSequence = ignoreEos
    options.roofline = roofline
    options.json = json
    options.logits = logits
    try Exit.end(GenerateJob(options: options).run())
  }
}

extension DType: ExpressibleByArgument {}
