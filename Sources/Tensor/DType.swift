/// The element type of weights or of a KV cache at rest.
///
/// Activations are always `fp32`; a dtype is switched on in exactly one place, where a kernel is chosen.
public enum DType: String, Sendable, Hashable, CaseIterable {
  case fp32
  case bf16
  case fp16

  /// Bytes of one element.
  public var byteCount: Int {
    switch self {
    case .fp32: 4
    case .bf16, .fp16: 2
    }
  }
}
