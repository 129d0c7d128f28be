import Tensor

/// One kernel at one shape, dtype and number of threads: a point of the roofline.
public struct KernelCase {
  public var group: KernelGroup
  /// Names the kernel and the operands: `gemm.qkv.cold`.
  public var kernel: String
  /// dtype of the operand that is streamed: weights, KV cache, rows.
  public var dtype: DType
  public var threads: Int
  /// Rows, columns and depth of a product; rows, row length and 1 elsewhere. Each group's file says which.
  public var m: Int
  public var n: Int
  public var k: Int
  public var work: KernelWork
  /// Makes the operands. What it returns keeps them alive.
  let prepare: (KernelContext) throws -> KernelRun

  /// Makes the operands.
  ///
  /// - Throws: `InputError` or `OutOfMemory` when there is no room for them.
  public func prepare(in context: KernelContext) throws -> KernelRun { try prepare(context) }

  /// Unique among all cases of a suite.
  public var name: String { "\(kernel) \(dtype.rawValue) m\(m) n\(n) k\(k) t\(threads)" }
}

/// What a call has to do at least, and where its operands lie: with the machine's ceilings, the shortest possible time.
public struct KernelWork: Sendable, Equatable {
  /// Additions, multiplications and the like; an exponential or an error function counts as one. 0 for copies.
  public var flops: Double
  /// Bytes that have to come from `level` or go there, each once. For products these are the weights, for attention
  /// the keys and values: activations are small and stay in the caches nearest to the core.
  public var bytes: Double
  /// dtype of the multiplications, which says what peak applies.
  public var arithmetic: DType
  public var level: MemoryLevel

  public init(flops: Double, bytes: Double, arithmetic: DType = .fp32, level: MemoryLevel) {
    self.flops = flops
    self.bytes = bytes
    self.arithmetic = arithmetic
    self.level = level
  }
}

/// The groups in the order of the report.
public enum KernelGroup: String, CaseIterable, Sendable {
  case gemm = "GEMM"
  case skinnyGEMM = "Skinny GEMM"
  case gemv = "GEMV"
  case attentionPrefill = "Attention, prefill"
  case attentionDecode = "Attention, decode"
  case softmax = "Softmax"
  case normalization = "Norms"
  case activation = "Activations"
  case rope = "Rotary embedding"
  case conversion = "Conversion"
  case packing = "Packing"
  case workers = "Worker regions"
}

/// A case that is ready to be called.
public struct KernelRun {
  /// Times that one `call` does what the case's work describes.
  public var repetitions: Int
  /// Does the work; allocates nothing.
  public let call: () -> Void

  init(repetitions: Int = 1, call: @escaping () -> Void) {
    self.repetitions = repetitions
    self.call = call
  }
}
