import KernelInterface

/// Causal attention over a KV cache, in units of work that no two workers share: in prefill a head and up to
/// `unitQueries` of its queries, in decode the heads of one query that read the same keys.
///
/// A unit works in a scratch of `scratchByteCount` bytes that its worker owns and that was zero before the first one.
public struct Attention: Sendable {
  /// Keys that a prefill unit takes at a time: 128 x 128 floats of keys, as much of values and the scores fit in L2.
  static let keyBlock = 128
  /// Query panels of a prefill unit: they share one copy of the keys.
  static let queryPanels = 8

  public let shape: AttentionShape
  /// Of the cache.
  public let dtype: DType
  /// Factor on the queries, usually 1 / sqrt(head dimension).
  let scale: Float
  /// c of c · tanh(score / c); 0 for none.
  let softcap: Float
  /// Keys at a distance of this or more are hidden.
  public let window: Int
  let kernels: KernelSet
  /// The kernels of prefill's products, where they are of bf16 pairs.
  let pairs: AttentionKernels.Pairs?

  /// Floats of a head in packed queries: the head dimension, even.
  let headWidth: Int
  /// Floats of a head in values and sums: whole panels, and no less than a cache row.
  let valueWidth: Int
  /// Floats from one value to the next: a vector more where the values would share few sets of the L1 cache.
  let valueStride: Int

  // Floats from the start of a worker's scratch.
  let rows: Int  // [key block or panel width][head stride]
  let values: Int  // [key block][value stride]
  let queries: Int  // [query panels][head width][panel width], or [group][head stride]
  let output: Int  // [query panels][panel width][value width], or [group][head stride]
  let state: Int  // [query panels][2][panel width], or [2][group]
  let scores: Int  // [key block][panel width], or [decode heads][decode block]
  let masks: Int  // [group] of `AttentionMask`
  /// Bytes of a worker's scratch, whole pages.
  public let scratchByteCount: Int

  /// Attention of one shape over a cache of `dtype`; `scale`, `softcap` and `window` as the properties say.
  ///
  /// With bf16 as `arithmetic` a bf16 cache is multiplied in bf16 pairs in prefill where the processor does that. All else
  /// is fp32: decode waits for memory.
  public init(
    _ shape: AttentionShape, dtype: DType, arithmetic: DType = .fp32, scale: Float, softcap: Float = 0,
    window: Int = Int(Int32.max), kernels: KernelSet
  ) {
    self.shape = shape
    self.dtype = dtype
    self.scale = scale
    self.softcap = softcap
    self.window = window
    self.kernels = kernels
    pairs = Attention.prefillDType(products: arithmetic, cache: dtype) == .bf16 ? kernels.attention.pairs : nil
    let width = kernels.panelWidth
    let stride = shape.headStride
    headWidth = (shape.headDimension + 1) & ~1
    valueWidth = (max(shape.headDimension, stride) + width - 1) / width * width
    valueStride = valueWidth + (valueWidth % 128 == 0 ? 16 : 0)
    let (queryCount, group) = (Attention.queryPanels * width, shape.groupSize)
    var scratch = Arena()
    func floats(_ count: Int) -> Int { scratch.reserve(count * 4) / 4 }
    rows = floats(max(Attention.keyBlock, width) * max(stride, headWidth))
    values = floats(Attention.keyBlock * valueStride)
    queries = floats(max(queryCount * headWidth, group * stride))
    output = floats(max(queryCount * valueWidth, group * stride))
    state = floats(2 * max(queryCount, group))
    scores = floats(max(Attention.keyBlock * width, AttentionKernels.decodeHeads * AttentionKernels.decodeBlock))
    masks = floats(group * MemoryLayout<AttentionMask>.stride / 4)
    scratchByteCount = (scratch.used + 4095) & ~4095
  }

  /// dtype of attention's products in prefill, beside linear layers whose products have the dtype `products`: bf16 where
  /// both they and the cache are, as the processor then multiplies pairs of it; else fp32.
  public static func prefillDType(products: DType, cache: DType) -> DType {
    products == .bf16 && cache == .bf16 ? .bf16 : .fp32
  }

  /// Queries of a panel.
  public var panelWidth: Int { kernels.panelWidth }

  /// Queries of a prefill unit.
  public var unitQueries: Int { Attention.queryPanels * panelWidth }

  /// Units of a prompt's `count` queries.
  public func prefillUnits(_ count: Int) -> Int { shape.headCount * ((count + unitQueries - 1) / unitQueries) }

  /// The head and the queries of a unit, among a prompt's `count`. The last queries come first: they see most keys, and
  /// workers that end with small units end together.
  public func prefillUnit(_ index: Int, of count: Int) -> (head: Int, queries: Range<Int>) {
    let first = (prefillUnits(count) - 1 - index) / shape.headCount * unitQueries
    return (index % shape.headCount, first..<min(first + unitQueries, count))
  }

  /// Units of one token.
  public var decodeUnits: Int { shape.keyValueHeadCount }

  /// Positions that the queries at `first` to `last` see.
  public func visible(first: Int, last: Int) -> Range<Int> { max(0, first - window + 1)..<last + 1 }

  /// - keyBias: added to the score of each key position, from 0 on.
  func mask(
    firstQuery: Int, firstKey: Int, slope: Float, keyBias: UnsafePointer<Float>?
  ) -> AttentionMask {
    AttentionMask(
      firstQuery: firstQuery, firstKey: firstKey, slope: slope, softcap: softcap, window: window,
      keyBias: keyBias.map { $0 + firstKey })
  }
}
