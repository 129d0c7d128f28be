import KernelInterface
import Tensor

/// The heads of one layer.
struct AttentionShape: Equatable {
  /// Query heads.
  var heads: Int
  /// Heads of keys and of values: a divisor of `heads`.
  var keyValueHeads: Int
  /// Elements of a head.
  var width: Int

  init(heads: Int, keyValueHeads: Int?, width: Int) {
    self.heads = heads
    self.keyValueHeads = keyValueHeads ?? heads
    self.width = width
  }

  /// Query heads that read the same keys.
  var group: Int { heads / keyValueHeads }

  /// Elements from one cached row to the next: whole vectors, as the KV cache has them.
  var stride: Int { (width + 15) & ~15 }

  /// Bytes of `keys` keys and their values.
  func cacheBytes(_ dtype: DType, keys: Int) -> Int { 2 * keyValueHeads * keys * stride * dtype.byteCount }
}

/// Keys or values as a KV cache stores them.
enum CachedRows {
  /// Writes `count` random elements.
  static func fill(
    _ target: UnsafeMutableRawPointer, _ dtype: DType, count: Int, key: UInt32, scratch: UnsafeMutablePointer<Float>,
    scratchCount: Int, _ kernels: KernelSet
  ) {
    var first = 0
    while first < count {
      let part = min(scratchCount, count - first)
      kernels.random.normal(key, UInt32(truncatingIfNeeded: first), 1, scratch, part)
      let place = target + first * dtype.byteCount
      switch dtype {
      case .fp32: place.copyMemory(from: scratch, byteCount: part * 4)
      case .bf16: kernels.conversion.bf16FromFP32(scratch, place.assumingMemoryBound(to: UInt16.self), part)
      case .fp16: kernels.conversion.fp16FromFP32(scratch, place.assumingMemoryBound(to: UInt16.self), part)
      }
      first += part
    }
  }

  /// Copies `count` elements as fp32.
  static func read(
    _ source: UnsafeRawPointer, _ dtype: DType, count: Int, into out: UnsafeMutablePointer<Float>, _ kernels: KernelSet
  ) {
    switch dtype {
    case .fp32: out.update(from: source.assumingMemoryBound(to: Float.self), count: count)
    case .bf16: kernels.conversion.fp32FromBF16(source.assumingMemoryBound(to: UInt16.self), out, count)
    case .fp16: kernels.conversion.fp32FromFP16(source.assumingMemoryBound(to: UInt16.self), out, count)
    }
  }
}
