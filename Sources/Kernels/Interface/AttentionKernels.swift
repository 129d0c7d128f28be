/// Attention with an online softmax (Milakov and Gimelshein 2018; Dao et al. 2022): keys come in blocks, and the sums
/// so far are rescaled when a larger score appears.
///
/// Before the first block of keys the maximum is −∞, the sum 0 and the output 0; they stay so for a query to which
/// every key is hidden. After the last block the caller divides the output by the sum.
public struct AttentionKernels: Sendable {
  /// One panel of queries of one head against one block of keys, all fp32.
  ///
  /// - queries: [head width][panel width], already scaled.
  /// - keys: packed row blocks of `keyCount` keys, each [head width][block rows].
  /// - values: [key count][value stride], zero beyond the head width; the stride is a multiple of the panel width.
  /// - state: running maximum [panel width], then running sum [panel width].
  /// - output: [panel width][value stride], unnormalised.
  /// - scores: scratch, [key count][panel width].
  /// - mask: how positions change the scores.
  public typealias PrefillBlock =
    @convention(c) (
      _ queries: UnsafePointer<Float>, _ headWidth: Int, _ keys: UnsafePointer<Float>, _ keyCount: Int,
      _ values: UnsafePointer<Float>, _ valueStride: Int, _ state: UnsafeMutablePointer<Float>,
      _ output: UnsafeMutablePointer<Float>, _ scores: UnsafeMutablePointer<Float>, _ mask: UnsafeRawPointer
    ) -> Void

  /// One query of each of `heads` heads that share keys and values, against a run of cached keys.
  ///
  /// - queries: [heads][head stride], already scaled, zero beyond the head width.
  /// - keys, values: [key count][head stride] in the cache's dtype.
  /// - state: running maximum [heads], then running sum [heads].
  /// - output: [heads][head stride], unnormalised.
  /// - scores: scratch, [block of `decodeBlock` keys].
  /// - masks: one `AttentionMask` for each head.
  public typealias DecodeRun =
    @convention(c) (
      _ queries: UnsafePointer<Float>, _ heads: Int, _ headStride: Int, _ keys: UnsafeRawPointer,
      _ values: UnsafeRawPointer, _ keyCount: Int, _ state: UnsafeMutablePointer<Float>,
      _ output: UnsafeMutablePointer<Float>, _ scores: UnsafeMutablePointer<Float>, _ masks: UnsafeRawPointer
    ) -> Void

  public var prefillBlock: PrefillBlock
  public var decodeFP32: DecodeRun
  public var decodeBF16: DecodeRun
  public var decodeFP16: DecodeRun

  /// Keys that a decode kernel scores before it turns to their values: keys and values of one block stay in L1.
  public static let decodeBlock = 128

  public init(
    prefillBlock: @escaping PrefillBlock, decodeFP32: @escaping DecodeRun, decodeBF16: @escaping DecodeRun,
    decodeFP16: @escaping DecodeRun
  ) {
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
