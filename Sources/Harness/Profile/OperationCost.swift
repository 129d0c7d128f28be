import Tensor
import Transformer

/// What an operation must compute and move in a pass of a given shape, whatever its implementation.
///
/// Operations are those of matrix products, attention's included; a multiply and an add are two. Bytes count all that an
/// operation reads and writes, once: weights, keys and values, and activations. Small activations never leave the
/// caches, so an operation that has nothing else may move its bytes faster than memory could.
struct OperationCost: Sendable, Equatable {
  var flop: Double
  var bytes: Double

  static func + (a: OperationCost, b: OperationCost) -> OperationCost {
    OperationCost(flop: a.flop + b.flop, bytes: a.bytes + b.bytes)
  }
}

/// The sizes of a model that costs depend on.
struct CostModel: Sendable {
  let configuration: ModelConfiguration
  /// dtype of the weights as they lie in memory.
  let weightDType: DType
  let cacheDType: DType
  /// dtype of packed activations: that of the products.
  let productDType: DType

  /// dtype of attention's products: decode, one token of each sequence, computes in fp32.
  func attentionDType(_ shape: PassShape) -> DType {
    shape.rows > shape.logitRows ? Attention.prefillDType(products: productDType, cache: cacheDType) : .fp32
  }

  /// Cost of `operation` in one layer, or in the pass for one outside layers.
  func cost(_ operation: ForwardOperation, _ shape: PassShape) -> OperationCost {
    let c = configuration
    let rows = Double(shape.rows)
    let logitRows = Double(shape.logitRows)
    let width = Double(c.modelWidth)
    let query = Double(c.queryWidth)
    let keyValue = 2 * Double(c.keyValueWidth)
    let hidden = Double(c.feedForwardWidth)
    let gates = c.feedForward == .glu ? 2.0 : 1.0
    let weight = Double(weightDType.byteCount)
    let packed = Double(productDType.byteCount)

    func moved(_ bytes: Double) -> OperationCost { OperationCost(flop: 0, bytes: bytes) }
    func product(_ rows: Double, _ depth: Double, _ columns: Double, accumulates: Bool = false) -> OperationCost {
      OperationCost(
        flop: 2 * rows * depth * columns,
        bytes: depth * columns * weight + rows * depth * packed + rows * columns * (accumulates ? 8 : 4))
    }
    return switch operation {
    case .embedding: moved(rows * width * (weight + 4 + (c.position == .learned ? weight : 0)))
    case .attentionNorm, .feedForwardNorm: moved(rows * width * (4 + packed))
    case .queryKeyValue: product(rows, width, query + keyValue)
    case .storeKeyValue: moved(rows * keyValue * (4 + Double(cacheDType.byteCount)))
    case .attention:
      OperationCost(
        flop: 4 * query * Double(shape.visibleKeys),
        bytes: keyValue * Double(shape.keySlots) * Double(cacheDType.byteCount) + rows * query * 8)
    case .packAttention: moved(rows * query * (4 + packed))
    case .attentionOutput: product(rows, query, width, accumulates: true)
    case .up: product(rows, width, hidden * gates)
    case .packHidden: moved(rows * hidden * (4 * gates + packed))
    case .down: product(rows, hidden, width, accumulates: true)
    case .finalNorm: moved(logitRows * width * (4 + packed))
    case .logits: product(logitRows, width, Double(c.vocabularySize))
    case .scaleLogits: moved(logitRows * Double(c.vocabularySize) * 8)
    }
  }
}
