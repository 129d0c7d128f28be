import KernelInterface
import Tensor

extension AttentionShape {
  /// Bytes of `keys` keys of every head and their values.
  func cacheBytes(_ dtype: DType, keys: Int) -> Int { 2 * keyValueHeadCount * keys * headStride * dtype.byteCount }
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
}
