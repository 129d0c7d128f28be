import KernelInterface
import Tensor

/// Bytes that a model and a session will take, known before any of them is allocated.
public struct MemoryEstimate: Sendable, Equatable {
  /// Packed weights.
  public let weightBytes: Int
  public let kvCacheBytes: Int
  /// Activations and scratch of all workers.
  public let activationBytes: Int

  /// The estimate of a session; sizes whose bytes no integer counts come out as `Int.max`.
  public static func of(
    configuration: ModelConfiguration, dtype: DType, arithmetic: DType, kernels: KernelSet, batchSize: Int,
    capacity: Int, cacheDType: DType, threads: Int
  ) -> MemoryEstimate {
    let weights = WeightPlan(
      configuration, dtype: dtype, arithmetic: arithmetic, panelWidth: kernels.panelWidth
    ).byteCount
    // The exact formulae multiply integers; beyond this bound an approximate figure is as good.
    let elements = [2, configuration.layerCount, batchSize, capacity, configuration.keyValueWidth + 16]
    let logits = Double(batchSize) * Double(configuration.vocabularySize)
    guard elements.reduce(4, { $0 * Double($1) }) < 0x1p56, logits < 0x1p56 else {
      return MemoryEstimate(weightBytes: weights, kvCacheBytes: .max, activationBytes: 0)
    }
    return MemoryEstimate(
      weightBytes: weights,
      kvCacheBytes: KVCache.byteCount(
        dtype: cacheDType, layerCount: configuration.layerCount, sequenceCount: batchSize,
        headCount: configuration.keyValueHeadCount, capacity: capacity, headDimension: configuration.headDimension),
      activationBytes: SessionLayout(
        configuration,
        attention: configuration.attention(cacheDType: cacheDType, arithmetic: arithmetic, kernels: kernels),
        kernels: kernels, batchSize: batchSize, capacity: capacity, workers: threads
      ).byteCount)
  }
}
