import KernelInterface
import Tensor

extension ModelConfiguration {
  /// The attention of each layer over a cache of this dtype, beside products of this arithmetic.
  func attention(cacheDType: DType, arithmetic: DType, kernels: KernelSet) -> Attention {
    Attention(
      AttentionShape(headCount: headCount, keyValueHeadCount: keyValueHeadCount, headDimension: headDimension),
      dtype: cacheDType, arithmetic: arithmetic, scale: effectiveSoftmaxScale, softcap: attentionLogitSoftcap ?? 0,
      window: slidingWindow ?? Int(Int32.max), kernels: kernels)
  }
}
