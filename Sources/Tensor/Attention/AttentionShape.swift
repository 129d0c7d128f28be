/// Heads of attention, and how the rows of a KV cache hold them.
public struct AttentionShape: Equatable, Sendable {
  /// Query heads.
  public let headCount: Int
  /// Heads of keys and of values: a divisor of `headCount`.
  public let keyValueHeadCount: Int
  /// Elements of a head.
  public let headDimension: Int

  public init(headCount: Int, keyValueHeadCount: Int, headDimension: Int) {
    precondition(
      headCount > 0 && keyValueHeadCount > 0 && headCount % keyValueHeadCount == 0 && headDimension > 0,
      "\(headCount) heads of \(headDimension) elements over \(keyValueHeadCount) of keys")
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount
    self.headDimension = headDimension
  }

  /// Query heads that read the same keys.
  public var groupSize: Int { headCount / keyValueHeadCount }

  /// Elements from one row of a cache to the next: padded with zeros to a multiple of 16, so that every vector that a
  /// kernel loads is whole.
  public var headStride: Int { AttentionShape.headStride(headDimension) }

  /// The head stride of a head dimension.
  public static func headStride(_ headDimension: Int) -> Int { (headDimension + 15) & ~15 }
}
