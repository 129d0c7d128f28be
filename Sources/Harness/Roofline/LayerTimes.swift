/// What one layer of a model takes in a phase when it runs alone, as measured just before a trial. All in seconds: of the
/// whole prefill, or of a mean decode step.
public struct LayerTimes: Sendable, Equatable {
  /// The matrix products of a layer.
  public var products: Double
  public var attention: Double
  /// What else a layer does: norms, packing of activations, the new keys and values.
  public var rest: Double
  /// What a pass does once: embedding and final norm.
  public var once: Double
  /// The choice of the next token of every sequence.
  public var choice: Double

  public init(products: Double, attention: Double, rest: Double, once: Double, choice: Double) {
    self.products = products
    self.attention = attention
    self.rest = rest
    self.once = once
    self.choice = choice
  }

  /// Of a profile of a model with one layer: `nil` when it has no passes.
  init?(_ profile: PhaseProfile, choice: Double) {
    guard profile.tokenCount > 0, profile.passCount > 0, profile.droppedPasses == 0 else { return nil }
    self.init(products: 0, attention: 0, rest: 0, once: 0, choice: choice)
    for line in profile.lines {
      let seconds = Double(line.duration) * 1e-9 / Double(profile.tokenCount)
      switch line.operation {
      case .queryKeyValue, .attentionOutput, .up, .down: products += seconds
      case .attention: attention += seconds
      case .embedding, .finalNorm: once += seconds
      // The layer stands before a vocabulary of its own.
      case .logits, .scaleLogits: break
      case .attentionNorm, .storeKeyValue, .packAttention, .feedForwardNorm, .packHidden: rest += seconds
      }
    }
  }

  /// One layer's times together.
  var total: Double { products + attention + rest + once }
}

/// What is measured before a trial, to predict what it takes.
public struct Rehearsal: Sendable, Equatable {
  public var prefill: LayerTimes
  /// `nil` without decode steps.
  public var decode: LayerTimes?
}
