import Tensor
import Transformer

/// A sweep file after everything in it has been checked and given its meaning: what will be run.
public struct Sweep: Sendable, Equatable {
  /// Prefix of every row's name.
  public var benchmarkName: String
  /// The longest sequence that a trial may have; rows of a learned position table.
  public var maximumSequenceLength: Int
  /// Where configuration and weights come from.
  public var model: ModelSource
  /// dtype of the weights and, unless `kvCacheDType` says otherwise, of the KV cache.
  public var modelDType: DType
  /// dtype of the matmul arithmetic; equal to `modelDType` unless the file has an `autocast_dtype`.
  public var arithmeticDType: DType
  /// Sequences of a generate call; the grid nests them outermost.
  public var batchSizes: [Int]
  /// Tokens of each prompt.
  public var inputLengths: [Int]
  /// New tokens of each sequence.
  public var outputLengths: [Int]
  /// `false` recomputes the whole sequence for each token.
  public var useCache: Bool
  /// Measured calls of a trial (`num_batches`).
  public var batchCount: Int
  /// Calls before them (`num_warmup_batches`).
  public var warmupBatchCount: Int
  /// A text or JSONL file with prompts; `nil` draws random token ids.
  public var prompts: String?
  /// A name, or a folder whose tokenizer.json text prompts use.
  public var tokenizerName: String?
  /// Of random weights and prompts.
  public var seed: UInt64
  /// `nil`: as many as the process may use.
  public var threads: Int?
  /// Threads of the prefill; `nil`: `threads`.
  public var prefillThreads: Int?
  /// Threads of decode; `nil`: `threads`.
  public var decodeThreads: Int?
  /// dtype of keys and values.
  public var kvCacheDType: DType
  /// Slots of each sequence; `nil`: what the trial needs.
  public var kvCacheCapacity: Int?
  /// Whether weights and caches ask for 2 MB pages.
  public var hugePages: Bool
  /// Samples beyond `batchCount`; `nil` for none.
  public var repetition: Repetition?
  public var order = Order.grid
  /// Who measures each trial, in this order.
  public var engines: [EngineName] = [.native]
  /// Seconds that a peer's driver may be silent.
  public var engineTimeout = 600
  /// Turns that each engine takes at a trial when there are several.
  public var engineRounds = 1

  /// In which order trials are measured.
  public enum Order: String, Sendable, CaseIterable {
    /// One trial after the other.
    case grid
    /// A sample of each trial in turn, in random order: what drifts then touches all alike.
    case interleaved
  }

  /// Where the weights come from.
  public enum ModelSource: Sendable, Equatable {
    /// normal(0, standardDeviation) weights from `Sweep.seed`.
    case random(ModelConfiguration, standardDeviation: Float)
    /// A folder in Hugging Face's layout, or a GGUF file.
    case checkpoint(folder: String)
  }
}

/// One point of a sweep's grid.
public struct Trial: Sendable, Hashable {
  public var name: String
  /// Sequences that are generated together.
  public var batchSize: Int
  /// Prompt tokens of each sequence.
  public var inputLength: Int
  /// Tokens generated for each sequence.
  public var outputLength: Int

  public init(name: String, batchSize: Int, inputLength: Int, outputLength: Int) {
    self.name = name
    self.batchSize = batchSize
    self.inputLength = inputLength
    self.outputLength = outputLength
  }
}
