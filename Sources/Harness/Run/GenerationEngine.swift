import Tensor
import Transformer

/// A model in memory, ready to generate.
///
/// The harness sees the engine only through this protocol and its two neighbours, so that a sweep can be tested with an
/// engine whose every answer is known.
public protocol GenerationEngine: AnyObject {
  /// Parameters counted from the tensors, tied ones once.
  var parameterCount: Int { get }
  /// Bytes of the weights as they lie in memory.
  var weightBytes: Int { get }

  /// Opens a session whose KV cache holds `capacity` tokens for each of `batchSize` sequences.
  func openSession(batchSize: Int, capacity: Int) throws -> any GenerationSession
}

/// A batch of sequences with their KV cache. Used by one thread at a time.
public protocol GenerationSession: AnyObject {
  var kvCacheBytes: Int { get }

  /// Forgets all sequences; keeps the memory.
  func reset()
  /// Processes `prompts`, [batch][length], and leaves the logits of each last position.
  func prefill(_ prompts: [[Int32]]) throws
  /// Processes one token for each sequence, [batch], and leaves its logits.
  func decode(_ tokens: [Int32]) throws
  /// The most likely next token of a sequence.
  func greedyToken(_ sequence: Int) -> Int32
  /// The vocabulary row of a sequence's last position, [vocabulary]. Valid until the next call.
  func logits(_ sequence: Int) -> UnsafeBufferPointer<Float>

  /// Records the steps of later forward passes, up to `passes` of them between two calls of `takeProfile`.
  func startProfiling(passes: Int)
  /// Hands over what was recorded since the last call.
  func takeProfile() -> ForwardProfile
  func stopProfiling()
}

/// All that is known of a model before it takes memory, and the way to load it.
public protocol EngineProvider {
  var configuration: ModelConfiguration { get }
  /// Parameters counted from the tensors, tied ones once.
  var parameterCount: Int { get }
  /// The instruction set of the kernels in use.
  var instructionSet: String { get }
  /// Threads that take part in a forward pass.
  var threads: ThreadCount { get }
  /// dtype of the weight matrices as they lie in memory.
  var weightDType: DType { get }
  /// dtype of the products that the kernels execute: bf16 where the processor multiplies bf16 and the sweep asks for it.
  var productDType: DType { get }

  /// What the machine can do at most with these kernels and threads, as far as it has shown so far; `nil` when that cannot
  /// be measured. Takes one to two seconds unless it was asked for just before.
  func measureCeilings() -> Ceilings?

  /// The read bandwidth as it is now, bytes a second, in half a second; `nil` when it cannot be measured.
  func measureBandwidth() -> Double?

  /// How far apart the processors are now, in a millisecond; `nil` with one thread, and while others hold a processor.
  func measureBarrier() -> BarrierTime?

  /// What one layer takes at a trial's shapes, in about a second; `nil` when that cannot be measured.
  func rehearse(_ trial: Trial, capacity: Int, useCache: Bool) -> Rehearsal?

  /// What a session of this size takes, weights included.
  func memoryDemand(batchSize: Int, capacity: Int) -> MemoryDemand
  /// Builds the model; `progress` is called with the fraction done, on the calling thread.
  func load(progress: @escaping (Double) -> Void) throws -> any GenerationEngine
}
