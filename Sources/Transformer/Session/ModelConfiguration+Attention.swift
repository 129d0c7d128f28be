import KernelInterface
import Tensor

extension ModelConfiguration {
  /// The attention of each layer over a cache of this dtype.
  func attention(cacheDType: DType, kernels: KernelSet) -> Attention {
    Attention(
      AttentionShape(headCount: headCount, keyValueHeadCount: keyValueHeadCount, headDimension: headDimension),
      dtype: cacheDType, scale: effectiveSoftmaxScale, softcap: attentionLogitSoftcap ?? 0,
      window: slidingWindow ?? Int(Int32.max), kernels: kernels)
  }
}
