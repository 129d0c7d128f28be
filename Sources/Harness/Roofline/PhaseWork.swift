import Tensor
import Transformer

/// Arithmetic and traffic of one phase, from the shapes alone: the whole prefill, or a mean decode step.
///
/// The three parts of a forward pass that cost anything stand apart, for each may have another limit.
public struct PhaseWork: Sendable, Equatable {
  public var layers: Part
  public var logits: Part
  public var attention: Part
  /// dtype of attention's products.
  public var attentionDType = DType.fp32

  public struct Part: Sendable, Equatable {
    public var flop: Double
    /// Of weights, or of keys and values.
    public var bytes: Double
  }

  public var flop: Double { layers.flop + logits.flop + attention.flop }
  public var weightBytes: Double { layers.bytes + logits.bytes }
  public var cacheBytes: Double { attention.bytes }
  /// Arithmetic intensity, operations for each byte.
  public var intensity: Double { flop / (weightBytes + cacheBytes) }
}

extension Workload {
  /// Of the prefill. Prompts go through in passes of at most `rowsPerPass` tokens, each of which streams the layers'
  /// weights once; passes that end a prompt stream the output projection too. Keys and values are written and read once.
  public func prefillWork(rowsPerPass: Int = Session.rowsPerPass) -> PhaseWork {
    let batch = Double(batchSize)
    let tokens = batch * Double(inputLength)
    let passes = (tokens / Double(rowsPerPass)).rounded(.up)
    return PhaseWork(
      layers: .init(flop: 2 * layerElements * tokens, bytes: layerElements * weightByteCount * passes),
      logits: .init(
        flop: 2 * projectionElements * batch, bytes: projectionElements * weightByteCount * min(passes, batch)),
      attention: .init(
        flop: 4 * queryWidth * layers * batch * visibleKeys(positions: inputLength),
        bytes: 2 * tokenBytes * tokens), attentionDType: prefillAttentionDType)
  }

  /// Of a mean decode step; `nil` when the trial has none.
  public func decodeWork() -> PhaseWork? {
    guard let keys = meanOverSteps({ Double(min($0, window)) }) else { return nil }
    let batch = Double(batchSize)
    return PhaseWork(
      layers: .init(flop: 2 * layerElements * batch, bytes: layerElements * weightByteCount),
      logits: .init(flop: 2 * projectionElements * batch, bytes: projectionElements * weightByteCount),
      attention: .init(flop: 4 * queryWidth * layers * batch * keys, bytes: tokenBytes * batch * (keys + 1)))
  }

  /// Bytes of one token's keys and values in all layers.
  private var tokenBytes: Double { 2 * keyValueWidth * layers * cacheByteCount }
}
