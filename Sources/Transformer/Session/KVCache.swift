import KernelInterface
import Tensor

/// Keys and values of every layer and sequence in a preallocated ring: [layer][sequence][kv head][slot][head stride].
///
/// The token at absolute position p lies in slot p mod capacity, so once a sequence has grown past the capacity its
/// oldest tokens make room. A span of positions is at most two runs of slots. Rows are padded with zeros to a multiple
/// of 16 elements, so that every vector that a kernel loads is whole.
public final class KVCache: @unchecked Sendable {
  /// Of keys and values.
  public let dtype: DType
  /// Layers of the model.
  public let layerCount: Int
  /// Sequences of the batch.
  public let sequenceCount: Int
  /// Key-value heads of a layer.
  public let headCount: Int
  /// Slots of each head.
  public let capacity: Int
  /// Elements of a head's row, without padding.
  public let headDimension: Int
  /// Elements from one slot to the next.
  public let headStride: Int
  private let storage: Storage

  /// Bytes of the whole cache.
  public var byteCount: Int { storage.byteCount }

  /// - Throws: `OutOfMemory` when the system refuses.
  public init(
    dtype: DType, layerCount: Int, sequenceCount: Int, headCount: Int, capacity: Int, headDimension: Int,
    hugePages: Bool = true
  ) throws(OutOfMemory) {
    self.dtype = dtype
    self.layerCount = layerCount
    self.sequenceCount = sequenceCount
    self.headCount = headCount
    self.capacity = capacity
    self.headDimension = headDimension
    headStride = KVCache.stride(headDimension)
    storage = try Storage(
      byteCount: KVCache.byteCount(
        dtype: dtype, layerCount: layerCount, sequenceCount: sequenceCount, headCount: headCount, capacity: capacity,
        headDimension: headDimension), hugePages: hugePages)
  }

  /// Bytes of a cache of this shape.
  public static func byteCount(
    dtype: DType, layerCount: Int, sequenceCount: Int, headCount: Int, capacity: Int, headDimension: Int
  ) -> Int {
    2 * layerCount * sequenceCount * headCount * capacity * stride(headDimension) * dtype.byteCount
  }

  private static func stride(_ headDimension: Int) -> Int { AttentionShape.headStride(headDimension) }

  /// Bytes of one slot of one head.
  var rowBytes: Int { headStride * dtype.byteCount }

  /// The first slot of a head's keys, [capacity][head stride].
  func keys(layer: Int, sequence: Int, head: Int) -> UnsafeMutableRawPointer {
    storage.base + ((layer * sequenceCount + sequence) * headCount + head) * capacity * rowBytes
  }

  /// The first slot of a head's values, [capacity][head stride].
  func values(layer: Int, sequence: Int, head: Int) -> UnsafeMutableRawPointer {
    keys(layer: layer, sequence: sequence, head: head) + storage.byteCount / 2
  }

  /// A run of consecutive positions in consecutive slots.
  public struct Run: Equatable, Sendable {
    /// The first slot.
    public var slot: Int
    /// Absolute position of the token in it.
    public var firstPosition: Int
    /// Positions, and slots.
    public var count: Int

    public init(slot: Int, firstPosition: Int, count: Int) {
      self.slot = slot
      self.firstPosition = firstPosition
      self.count = count
    }
  }

  /// The runs that hold `positions` (at most `capacity` of them), the second empty unless the ring wraps between.
  public func runs(of positions: Range<Int>) -> (Run, Run) {
    precondition(positions.count <= capacity, "\(positions.count) positions in a ring of \(capacity) slots")
    let slot = positions.lowerBound % capacity
    let first = min(positions.count, capacity - slot)
    return (
      Run(slot: slot, firstPosition: positions.lowerBound, count: first),
      Run(slot: 0, firstPosition: positions.lowerBound + first, count: positions.count - first)
    )
  }

  /// Stores one head's row, [head dimension] fp32, for a position.
  func write(
    _ x: UnsafePointer<Float>, to head: UnsafeMutableRawPointer, position: Int, _ kernels: KernelSet
  ) {
    let row = head + position % capacity * rowBytes
    switch dtype {
    case .fp32: row.copyMemory(from: x, byteCount: headDimension * 4)
    case .bf16: kernels.conversion.bf16FromFP32(x, row.assumingMemoryBound(to: UInt16.self), headDimension)
    case .fp16: kernels.conversion.fp16FromFP32(x, row.assumingMemoryBound(to: UInt16.self), headDimension)
    }
  }
}
