import Tensor
import Transformer

/// How much arithmetic and memory traffic a trial asks for, from its shapes alone.
///
/// Counted is what any implementation must do: matrix products and the reading of weights, keys and values. A multiply
/// and an add are two operations. Norms, activations, softmax and biases are left out: together they stay below 1 % of a
/// model that is worth measuring. Numbers are `Double`, for a sweep file may name sizes whose product exceeds `Int`.
public struct Workload: Sendable, Equatable {
  /// Sequences.
  public var batchSize: Int
  /// Prompt tokens of each sequence.
  public var inputLength: Int
  /// Tokens generated for each sequence.
  public var outputLength: Int

  let layers: Double
  /// Elements of all matrices of all layers.
  let layerElements: Double
  /// Elements of the output projection, tied or not.
  let projectionElements: Double
  /// Width of the query heads together.
  let queryWidth: Double
  /// Width of the keys, and of the values, of one token in one layer.
  let keyValueWidth: Double
  /// Keys that a query sees at most.
  let window: Int
  let weightByteCount: Double
  let cacheByteCount: Double
  /// dtype of the products of attention in prefill; in decode they are fp32.
  let prefillAttentionDType: DType

  /// - Parameter productDType: of the linear layers' products.
  public init(
    configuration: ModelConfiguration, trial: Trial, weightDType: DType, cacheDType: DType, productDType: DType = .fp32
  ) {
    batchSize = trial.batchSize
    inputLength = trial.inputLength
    outputLength = trial.outputLength
    let width = Double(configuration.modelWidth)
    layers = Double(configuration.layerCount)
    queryWidth = Double(configuration.headCount) * Double(configuration.headDimension)
    keyValueWidth = Double(configuration.keyValueHeadCount) * Double(configuration.headDimension)
    let attention = width * (queryWidth + 2 * keyValueWidth) + queryWidth * width
    let feedForwardMatrices = configuration.feedForward == .glu ? 3.0 : 2.0
    layerElements = layers * (attention + feedForwardMatrices * width * Double(configuration.feedForwardWidth))
    projectionElements = width * Double(configuration.vocabularySize)
    window = configuration.slidingWindow ?? .max
    weightByteCount = Double(weightDType.byteCount)
    cacheByteCount = Double(cacheDType.byteCount)
    prefillAttentionDType = Attention.prefillDType(products: productDType, cache: cacheDType)
  }

  /// Floating-point operations of the prefill:
  ///
  ///     2 · layer elements · batch · input            the linear layers, every token
  ///     + 2 · projection elements · batch             logits, last position only
  ///     + 4 · query width · layers · batch · Σ keys   query · keyᵀ and weights · values; causal, within the window
  public var prefillOperations: Double {
    operations(tokens: Double(inputLength), visibleKeys: visibleKeys(positions: inputLength))
  }

  /// Floating-point operations of the decode step that makes a sequence `length` tokens long.
  public func decodeOperations(length: Int) -> Double {
    operations(tokens: 1, visibleKeys: Double(min(length, window)))
  }

  /// Mean floating-point operations of a decode step of this trial; `nil` when it has none.
  public var meanDecodeOperations: Double? { meanOverSteps { decodeOperations(length: $0) } }

  /// Bytes that the decode step must move which makes a sequence `length` tokens long:
  ///
  ///     (layer elements + projection elements) · bytes of the dtype              each weight once for the whole batch
  ///     + 2 · key-value width · layers · batch · keys in view · bytes of the KV dtype    keys and values, read
  ///     + 2 · key-value width · layers · batch · bytes of the KV dtype                   the new token's, written
  public func decodeBytes(length: Int) -> Double {
    let tokenBytes = 2 * keyValueWidth * layers * Double(batchSize) * cacheByteCount
    return (layerElements + projectionElements) * weightByteCount + tokenBytes * Double(min(length, window) + 1)
  }

  /// Mean bytes that a decode step of this trial moves; `nil` when it has none.
  public var meanDecodeBytes: Double? { meanOverSteps { decodeBytes(length: $0) } }

  /// A guess at the seconds of a generate call on some machine: only ratios between trials mean anything.
  var relativeCost: Double {
    let operations = prefillOperations + (meanDecodeOperations ?? 0) * Double(outputLength - 1)
    let bytes = (meanDecodeBytes ?? 0) * Double(outputLength - 1)
    return operations / 200e9 + bytes / 30e9
  }

  private func operations(tokens: Double, visibleKeys: Double) -> Double {
    let batch = Double(batchSize)
    return 2 * layerElements * batch * tokens + 2 * projectionElements * batch
      + 4 * queryWidth * layers * batch * visibleKeys
  }

  /// Keys that the queries of positions 0 ..< n see, all together: position i sees min(i + 1, window).
  func visibleKeys(positions: Int) -> Double {
    let growing = Double(min(positions, window))
    return growing * (growing + 1) / 2 + (Double(positions) - growing) * growing
  }

  /// Decode steps make sequences of input + 1 … input + output − 1 tokens.
  func meanOverSteps(_ value: (Int) -> Double) -> Double? {
    guard outputLength > 1 else { return nil }
    let steps = outputLength - 1
    // Both quantities are linear in the length until the window is full, so the mean is summed only where they bend.
    if inputLength + steps <= window { return (value(inputLength + 1) + value(inputLength + steps)) / 2 }
    let growing = max(0, window - inputLength)
    let full = value(window) * Double(steps - growing)
    guard growing > 0 else { return full / Double(steps) }
    let rising = (value(inputLength + 1) + value(inputLength + growing)) / 2 * Double(growing)
    return (rising + full) / Double(steps)
  }
}
