import KernelInterface
import Tensor

/// One run of generation: a batch of sequences, their KV cache and the buffers of a forward pass over a shared model.
///
/// `prefill` and `decode` are the two phases that a benchmark times. Nothing is allocated after construction. A
/// session belongs to one thread at a time.
public final class Session {
  /// Whose weights are used.
  public let model: Model
  /// Sequences.
  public let batchSize: Int
  /// Keys and values of all sequences.
  public let cache: KVCache
  /// Tokens that each sequence holds so far.
  public private(set) var lengths: [Int]

  /// The team of each phase; one and the same unless they differ in size.
  private let prefillWorkers: Workers
  private let decodeWorkers: Workers
  let layout: SessionLayout
  let storage: Storage
  var chunk: Chunk
  /// Attention work units of the chunk.
  var unitCount = 0
  /// ALiBi slope of each query head; all 0 without ALiBi.
  let slopes: UnsafeMutableBufferPointer<Float>
  let rotary: RotaryEmbedding?
  let rotatesNeighbours: Bool
  /// Factor on cosines and sines.
  let rotaryFactor: Double
  /// Angle per position of each rotated pair, for sequences that are not too long for dynamic scaling.
  let frequencies: [Double]
  /// The length that dynamic scaling rotates each sequence's new tokens for; 0 where `frequencies` hold.
  let rotaryLengths: UnsafeMutableBufferPointer<Int>
  let attention: Attention
  /// Learned positions; without a table there is no end.
  private let positionLimit: Int
  /// The length up to which dynamic scaling changes nothing.
  private let rescaledBeyond: Int
  /// Whether new tokens may take the slots of old ones: only where no query looks back that far.
  private let slides: Bool
  /// Where steps are timed; `nil` when they are not.
  var stepLog: UnsafeMutablePointer<StepLog>?
  /// The step that the end of the region ends; `nil` in a pass without logits, which ends with a barrier.
  var lastOperation: ForwardOperation?

  /// Bytes of the KV cache.
  public var kvCacheBytes: Int { cache.byteCount }
  /// Bytes of activations and scratch.
  public var activationBytes: Int { layout.byteCount }

  /// - Parameters:
  ///   - workers: the team of both phases, or of prefill alone.
  ///   - decodeWorkers: the team of decode; `nil` is `workers`.
  ///   - capacity: slots of each sequence's ring: the longest sequence, or less for a model with a sliding window, which
  ///     then needs at least the window's; `ModelConfiguration.cacheCapacity(length:)` says how many are enough.
  /// - Throws: `InputError` when the model is one that no session runs, `OutOfMemory` when the system refuses.
  public init(
    model: Model, workers: Workers, decodeWorkers: Workers? = nil, batchSize: Int, capacity: Int, cacheDType: DType,
    hugePages: Bool = true
  ) throws {
    let configuration = model.configuration
    precondition(batchSize > 0 && capacity > 0, "batch size \(batchSize), capacity \(capacity)")
    if configuration.scalesRoundedALiBi && configuration.slidingWindow != nil {
      throw InputError(
        problem: "ALiBi as Falcon computes it is not supported with a sliding window",
        cure: "Use a configuration without the window.")
    }
    self.model = model
    prefillWorkers = workers
    self.decodeWorkers = decodeWorkers ?? workers
    self.batchSize = batchSize
    attention = configuration.attention(
      cacheDType: cacheDType, arithmetic: model.arithmetic, kernels: model.kernels)
    slides = capacity >= attention.window
    cache = try KVCache(
      dtype: cacheDType, layerCount: configuration.layerCount, sequenceCount: batchSize,
      headCount: configuration.keyValueHeadCount, capacity: capacity, headDimension: configuration.headDimension,
      hugePages: hugePages)
    layout = SessionLayout(
      configuration, attention: attention, kernels: model.kernels, batchSize: batchSize, capacity: capacity,
      workers: max(prefillWorkers.count, self.decodeWorkers.count))
    storage = try Storage(byteCount: layout.byteCount, hugePages: hugePages)
    chunk = Chunk(maximumRows: layout.rows, sequences: batchSize)
    lengths = Array(repeating: 0, count: batchSize)
    slopes = .allocate(capacity: configuration.headCount)
    slopes.initialize(repeating: 0)
    if case .alibi(let biasMax) = configuration.position, !configuration.scalesRoundedALiBi {
      _ = slopes.update(fromContentsOf: alibiSlopes(heads: configuration.headCount, biasMax: biasMax))
    }
    if case .rotary(let rotary) = configuration.position {
      self.rotary = rotary
      frequencies = rotary.frequencies(length: 1)
    } else {
      rotary = nil
      frequencies = []
    }
    positionLimit = configuration.position == .learned ? configuration.maximumSequenceLength : .max
    if case .dynamic(_, let original)? = rotary?.scaling { rescaledBeyond = original } else { rescaledBeyond = .max }
    rotatesNeighbours = rotary?.pairing == .neighbours
    rotaryFactor = rotary?.attentionFactor ?? 1
    rotaryLengths = .allocate(capacity: batchSize)
    rotaryLengths.initialize(repeating: 0)
    if configuration.scalesRoundedALiBi { setKeyBiases() }
  }

  deinit {
    stopProfiling()
    slopes.deallocate()
    rotaryLengths.deallocate()
  }

  /// Forgets all tokens.
  public func reset() {
    for sequence in 0..<batchSize { lengths[sequence] = 0 }
  }

  /// Processes a prompt for each sequence (appended to what the sequence holds) and leaves the logits after its last
  /// token. Prompts may differ in length; none is empty.
  ///
  /// - Throws: `InputError` when an id is outside the vocabulary or a sequence outgrows the cache or the positions.
  public func prefill(_ prompts: [[Int32]]) throws {
    precondition(prompts.count == batchSize, "\(prompts.count) prompts for a batch of \(batchSize)")
    for sequence in 0..<batchSize {
      try check(sequence, count: prompts[sequence].count)
      try checkTokens(prompts[sequence])
    }
    for sequence in 0..<batchSize { setRotaryLength(sequence, lengths[sequence] + prompts[sequence].count) }
    var sequence = 0
    var done = 0
    chunk.removeAll()
    while sequence < batchSize {
      let left = prompts[sequence].count - done
      let count = min(left, chunk.freeRows, freeSlots(at: lengths[sequence]))
      let first = done
      chunk.append(
        sequence: sequence, firstPosition: lengths[sequence], count: count, wantsLogits: count == left
      ) { prompts[sequence][first + $0] }
      lengths[sequence] += count
      done += count
      let finished = done == prompts[sequence].count
      // A sequence has one segment in a pass: the next one may overwrite slots that this one still reads.
      if !finished || chunk.freeRows == 0 || sequence == batchSize - 1 {
        forward(on: prefillWorkers)
        chunk.removeAll()
      }
      if finished {
        sequence += 1
        done = 0
      }
    }
  }

  /// Appends one token to each sequence and leaves the logits after it.
  ///
  /// - Throws: `InputError` as `prefill` does.
  public func decode(_ tokens: [Int32]) throws {
    precondition(tokens.count == batchSize, "\(tokens.count) tokens for a batch of \(batchSize)")
    try checkTokens(tokens)
    for sequence in 0..<batchSize {
      try check(sequence, count: 1)
      setRotaryLength(sequence, lengths[sequence] + 1)
    }
    chunk.removeAll()
    for sequence in 0..<batchSize {
      let token = tokens[sequence]
      chunk.append(sequence: sequence, firstPosition: lengths[sequence], count: 1, wantsLogits: true) { _ in token }
      lengths[sequence] += 1
      // Not `freeRows`: unoptimised code allocates to read a computed property of a value that cannot be copied.
      if chunk.rowCount == chunk.tokens.count || sequence == batchSize - 1 {
        forward(on: decodeWorkers)
        chunk.removeAll()
      }
    }
  }

  /// The logits after the last token of a sequence, [vocabulary size], valid until the next call.
  public func logits(_ sequence: Int) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(
      start: floats(layout.logits) + sequence * layout.vocabularyStride, count: model.configuration.vocabularySize)
  }

  /// The most likely next token of a sequence; the lowest id among equals.
  public func greedyToken(_ sequence: Int) -> Int32 {
    let row = logits(sequence)
    return Int32(model.kernels.elementwise.indexOfMaximum(row.baseAddress!, row.count))
  }

  /// Part of the session's buffers.
  func floats(_ byteOffset: Int) -> UnsafeMutablePointer<Float> {
    (storage.base + byteOffset).assumingMemoryBound(to: Float.self)
  }

  /// Tokens that may follow at `position` before one overwrites a slot that the first of them still sees.
  private func freeSlots(at position: Int) -> Int {
    guard position + 1 > cache.capacity || slides else {
      return cache.capacity - position
    }
    let wrapped = cache.capacity - min(attention.window, cache.capacity) + 1
    return max(wrapped, cache.capacity - position)
  }

  private func check(_ sequence: Int, count: Int) throws {
    let length = lengths[sequence] + count
    guard count > 0 else {
      throw InputError(
        problem: "the prompt of sequence \(sequence + 1) is empty", cure: "Give each sequence at least one token.")
    }
    if !slides && length > cache.capacity {
      let window = model.configuration.slidingWindow.map { ", which is less than the sliding window of \($0)" } ?? ""
      throw InputError(
        problem: "\(length) tokens do not fit in a KV cache of \(cache.capacity) slots\(window)",
        cure: "Ask for fewer tokens or raise kv_cache.capacity (by default as many as the trial has tokens).")
    }
    if length > positionLimit {
      throw InputError(
        problem: "\(length) tokens are beyond the \(positionLimit) learned positions",
        cure: "Ask for fewer tokens or use a model with a larger max_seq_len.")
    }
  }

  private func checkTokens(_ tokens: [Int32]) throws {
    let size = model.configuration.vocabularySize
    // By index: unoptimised code allocates to iterate.
    for index in 0..<tokens.count where tokens[index] < 0 || Int(tokens[index]) >= size {
      throw InputError(
        problem: "token id \(tokens[index]) is outside the vocabulary of \(size)",
        cure: "Use ids from 0 to \(size - 1).")
    }
  }

  /// Dynamic scaling depends on the length of the sequence, the others do not.
  private func setRotaryLength(_ sequence: Int, _ length: Int) {
    rotaryLengths[sequence] = length > rescaledBeyond ? length : 0
  }
}
