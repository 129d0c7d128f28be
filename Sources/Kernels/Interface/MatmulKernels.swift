/// Matrix products against packed weights.
public struct MatmulKernels: Sendable {
  /// C[rows, panel width] (+)= A[rows, steps] · B[steps, panel width] for one panel.
  ///
  /// - a: packed activations of the whole depth, row block after row block, each [depth][block rows].
  /// - rows, depth: of the packed activations; depth is even and counts what lies between two row blocks, too.
  /// - firstStep, steps: the part of the depth that is multiplied; both even.
  /// - b: the panel, from `firstStep` on.
  /// - c: the first of `rows` rows of results, `cStride` floats apart.
  /// - accumulate: add to what is in c.
  /// - ahead: bytes from b to the weights that the caller will ask for next, which are fetched into the cache on the
  ///   way; 0 for none.
  /// - nextStep: first step of the part of the depth that the caller will ask for next, of which these rows'
  ///   activations are fetched on the way; `firstStep` for none.
  public typealias Panel =
    @convention(c) (
      _ a: UnsafeRawPointer, _ rows: Int, _ depth: Int, _ firstStep: Int, _ steps: Int, _ b: UnsafeRawPointer,
      _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ accumulate: Bool, _ ahead: Int,
      _ nextStep: Int
    ) -> Void

  /// fp32 activations, fp32 weights.
  public var fp32: Panel
  /// fp32 activations, bf16 weights widened on the way.
  public var bf16: Panel
  /// fp32 activations, fp16 weights widened on the way.
  public var fp16: Panel
  /// bf16 activations and weights multiplied as pairs into fp32 sums; `nil` where the hardware cannot.
  public var bf16Pairs: Panel?

  public init(
    fp32: @escaping Panel, bf16: @escaping Panel, fp16: @escaping Panel, bf16Pairs: Panel? = nil
  ) {
    self.fp32 = fp32
    self.bf16 = bf16
    self.fp16 = fp16
    self.bf16Pairs = bf16Pairs
  }
}
