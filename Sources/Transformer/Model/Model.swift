import KernelInterface
import Tensor

/// A model's weights, packed and immutable: any number of sessions may use them at once.
public final class Model: @unchecked Sendable {
  /// What the weights mean.
  public let configuration: ModelConfiguration
  /// dtype that the weights were given in.
  public let dtype: DType
  /// dtype of the matrix products.
  public let arithmetic: DType
  /// The set that the weights are packed for.
  public let kernels: KernelSet
  /// Elements of all tensors, tied embeddings counted once.
  public let parameterCount: Int
  /// Bytes of the packed weights.
  public let weightBytes: Int

  let embedding: PackedMatrix
  /// Learned positions, [maximum sequence length][model width] in `dtype`.
  let positions: UnsafeRawPointer?
  let layers: [Layer]
  let finalNorm: Norm
  let output: Linear
  private let storage: Storage

  /// Reads, converts and packs every tensor on all workers.
  ///
  /// - Parameters:
  ///   - dtype: of the weights and of learned positions, biases and norms, which are rounded to it and kept as fp32.
  ///   - arithmetic: dtype of the products; fp32 weights with bf16 or fp16 arithmetic are stored in that.
  ///   - progress: called on the calling thread with the fraction done.
  /// - Throws: `InputError` when a tensor is missing or fp16 cannot hold a weight, `OutOfMemory` when the system refuses the memory.
  public init(
    configuration: ModelConfiguration, source: any WeightSource, dtype: DType, arithmetic: DType? = nil,
    kernels: KernelSet, workers: Workers, hugePages: Bool = true, progress: ((Double) -> Void)? = nil
  ) throws {
    self.configuration = configuration
    self.dtype = dtype
    self.arithmetic = arithmetic ?? dtype
    self.kernels = kernels
    parameterCount = configuration.parameterCount
    let plan = WeightPlan(
      configuration, dtype: dtype, arithmetic: arithmetic ?? dtype, panelWidth: kernels.panelWidth)
    weightBytes = plan.byteCount
    for tensor in configuration.tensors where source.shape(of: tensor.name) != tensor.shape {
      let found = source.shape(of: tensor.name).map { "has the shape \($0)" } ?? "is missing"
      throw InputError(
        path: [tensor.name], problem: "the tensor \(found); the configuration asks for \(tensor.shape)",
        cure: "Use the config.json that was saved with these weights.")
    }
    storage = try Storage(byteCount: plan.byteCount, hugePages: hugePages)
    try WeightLoader(plan: plan, base: storage.base, source: source, kernels: kernels).load(workers, progress: progress)

    let base = storage.base
    embedding = plan.matrix(plan.embedding, base)
    positions = plan.positions.map { UnsafeRawPointer(base + plan.tables[$0].offset) }
    layers = plan.layers.map { $0.resolved(plan, base) }
    finalNorm = plan.finalNorm.resolved(plan, base)
    output = Linear(weights: plan.output.map { plan.matrix($0, base) } ?? embedding, bias: nil)
  }
}

/// One transformer block's weights.
struct Layer {
  var attentionNorm: Norm
  /// Queries, keys and values in one product, [query width + 2 · key-value width, model width].
  var queryKeyValue: Linear
  var queryNorm: Norm?
  var keyNorm: Norm?
  var attentionOutput: Linear
  /// `nil` when the feed-forward block reads what the attention's norm makes.
  var feedForwardNorm: Norm?
  /// [feed-forward width, model width]; with a gated block the gate comes first, padded to whole panels.
  var up: Linear
  var down: Linear
}

/// A norm's weights.
struct Norm {
  var kind: Normalization
  var epsilon: Float
  /// Elements that are normalised together.
  var width: Int
  var weight: UnsafePointer<Float>
  var bias: UnsafePointer<Float>?

  /// out = norm(x); `out` may be `x`.
  func apply(_ kernels: KernelSet, _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>) {
    switch kind {
    case .layerNorm: kernels.normalization.layer(x, width, epsilon, weight, bias, out)
    case .rmsNorm:
      kernels.normalization.rootMeanSquare(x, width, epsilon, weight, out)
      if let bias { kernels.elementwise.add(out, bias, width) }
    }
  }
}
