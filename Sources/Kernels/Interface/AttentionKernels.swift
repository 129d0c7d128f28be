/// Attention with an online softmax (Milakov and Gimelshein 2018; Dao et al. 2022): keys come in blocks, and the sums
/// so far are rescaled when a larger score appears.
///
/// Before the first block of keys the maximum is −∞ and the sum 0; they stay so for a query to which every key is hidden.
/// After the last block the caller divides the output by the sum.
public struct AttentionKernels: Sendable {
  /// A panel of queries of one head, times a factor, transposed for `PrefillBlock`.
  ///
  /// - queries: [panel width][head width], rows `stride` floats apart.
  /// - out: [head width][panel width].
  public typealias PackQueries =
    @convention(c) (
      _ queries: UnsafePointer<Float>, _ stride: Int, _ scale: Float, _ headWidth: Int,
      _ out: UnsafeMutablePointer<Float>
    ) -> Void

  /// One panel of queries of one head against one block of keys. Products take steps along their depth of four bytes: an
  /// fp32 value or, in `Pairs`, a pair of bf16 values; `headWidth` and the strides count them.
  ///
  /// - queries: [head width][panel width], already scaled.
  /// - keys: [key count][key stride], of which the head width is multiplied.
  /// - values: [key count][value stride], in pairs [(key count + 1) / 2][value stride]; zero from the head width to
  ///   `valueWidth`, a multiple of the panel width. At a stride of a large power of two a column of values would share few
  ///   cache sets.
  /// - state: running maximum [panel width], then running sum [panel width].
  /// - output: [panel width][value width], unnormalised; need not be set before a block while all sums are 0.
  /// - scores: scratch, [key count][panel width].
  /// - mask: how positions change the scores.
  public typealias PrefillBlock =
    @convention(c) (
      _ queries: UnsafePointer<Float>, _ headWidth: Int, _ keys: UnsafePointer<Float>, _ keyStride: Int,
      _ keyCount: Int, _ values: UnsafePointer<Float>, _ valueWidth: Int, _ valueStride: Int,
      _ state: UnsafeMutablePointer<Float>, _ output: UnsafeMutablePointer<Float>,
      _ scores: UnsafeMutablePointer<Float>, _ mask: UnsafeRawPointer
    ) -> Void

  /// One query of each of `heads` heads that share keys and values, against a run of cached keys.
  ///
  /// - queries: [heads][head stride], already scaled, zero beyond the head width.
  /// - keys, values: [key count][head stride] in the cache's dtype.
  /// - state: running maximum [heads], then running sum [heads].
  /// - output: [heads][head stride], unnormalised, 0 before the first run.
  /// - scores: scratch, [`decodeHeads`][`decodeBlock`], one row for fewer heads.
  /// - masks: one `AttentionMask` for each head.
  /// - upcoming: what is read after this run, for instance another head's keys: as much of it as a block of keys takes is
  ///   fetched while the last values are summed. Never dereferenced.
  public typealias DecodeRun =
    @convention(c) (
      _ queries: UnsafePointer<Float>, _ heads: Int, _ headStride: Int, _ keys: UnsafeRawPointer,
      _ values: UnsafeRawPointer, _ keyCount: Int, _ state: UnsafeMutablePointer<Float>,
      _ output: UnsafeMutablePointer<Float>, _ scores: UnsafeMutablePointer<Float>, _ masks: UnsafeRawPointer,
      _ upcoming: UnsafeRawPointer
    ) -> Void

  /// Rows of bf16 values side by side: the values of `PrefillBlock` in pairs of keys.
  ///
  /// - rows: [count][width]; the width is a multiple of 16.
  /// - out: [(count + 1) / 2][out stride] of pairs, the even row's value in the low half; an odd last row is paired with 0.
  public typealias PairRows =
    @convention(c) (
      _ rows: UnsafePointer<UInt16>, _ count: Int, _ width: Int, _ out: UnsafeMutablePointer<Float>, _ outStride: Int
    ) -> Void

  /// Prefill by products of bf16 pairs with fp32 sums: scaled queries and probabilities are rounded to bf16, scores and
  /// their softmax are fp32.
  public struct Pairs: Sendable {
    /// Pairs along the head, [head width / 2][panel width]; the head width is even.
    public var packQueries: PackQueries
    public var prefillBlock: PrefillBlock
    public var pairRows: PairRows

    public init(
      packQueries: @escaping PackQueries, prefillBlock: @escaping PrefillBlock, pairRows: @escaping PairRows
    ) {
      self.packQueries = packQueries
      self.prefillBlock = prefillBlock
      self.pairRows = pairRows
    }
  }

  public var packQueries: PackQueries
  public var prefillBlock: PrefillBlock
  /// `nil` where the processor has no such products.
  public var pairs: Pairs?
  public var decodeFP32: DecodeRun
  public var decodeBF16: DecodeRun
  public var decodeFP16: DecodeRun

  /// Keys that a decode kernel scores before it turns to their values: both stay in L2 until then.
  public static let decodeBlock = 128
  /// Heads that a decode kernel takes at once.
  public static let decodeHeads = 4

  public init(
    packQueries: @escaping PackQueries, prefillBlock: @escaping PrefillBlock, decodeFP32: @escaping DecodeRun,
    decodeBF16: @escaping DecodeRun, decodeFP16: @escaping DecodeRun
  ) {
    self.packQueries = packQueries
    self.prefillBlock = prefillBlock
    self.decodeFP32 = decodeFP32
    self.decodeBF16 = decodeBF16
    self.decodeFP16 = decodeFP16
  }
}

/// What positions do to a score: score = softcap(score) − slope · distance + key bias, and −∞ outside 0 ... window − 1.
///
/// Positions are absolute. Query i of a panel stands at `firstQuery + i`, key j of a run at `firstKey + j`.
@frozen public struct AttentionMask: @unchecked Sendable {
  public var firstQuery: Int
  public var firstKey: Int
  /// ALiBi's slope; 0 for none.
  public var slope: Float
  /// c of c · tanh(score / c); 0 for none.
  public var softcap: Float
  /// Keys at a distance of this or more are hidden.
  public var window: Int
  /// Added to the score of each key, [key count]; `nil` for none.
  public var keyBias: UnsafePointer<Float>?

  public init(
    firstQuery: Int, firstKey: Int, slope: Float, softcap: Float, window: Int, keyBias: UnsafePointer<Float>? = nil
  ) {
    self.firstQuery = firstQuery
    self.firstKey = firstKey
    self.slope = slope
    self.softcap = softcap
    self.window = window
    self.keyBias = keyBias
  }
}
