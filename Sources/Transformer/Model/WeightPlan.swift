import Tensor

/// Where every weight will lie in the model's one block of memory, before any of it exists: the memory guard asks it
/// for the size, the loader for what to read.
struct WeightPlan {
  /// A packed matrix and the tensors whose rows it is made of.
  struct Matrix {
    var pieces: [Piece]
    var columns: Int
    var depth: Int
    var offset: Int
    var dtype: DType
    var arithmetic: DType
    /// The tensors are stored [depth, columns].
    var inputsFirst: Bool

    /// What the tensors give to some of the matrix's rows: their own rows, and the first of `rows` that these become.
    func parts(_ rows: Range<Int>) -> [(tensor: String, sourceRows: Range<Int>, targetRow: Int)] {
      pieces.compactMap { piece in
        let part = rows.clamped(to: piece.firstRow..<piece.firstRow + piece.rows)
        if part.isEmpty { return nil }
        let start = part.lowerBound - piece.firstRow + piece.sourceRow
        return (piece.tensor, start..<start + part.count, part.lowerBound - rows.lowerBound)
      }
    }
  }

  /// Rows of a matrix or vector that come from one tensor, one after the other there too.
  struct Piece {
    var tensor: String
    /// The first of them in the tensor.
    var sourceRow = 0
    var firstRow: Int
    var rows: Int
  }

  /// A bias or a norm's weight, fp32.
  struct Vector {
    var pieces: [Piece]
    var count: Int
    var offset: Int
  }

  /// A table of rows in the weights' dtype that is looked up, not multiplied.
  struct Table {
    var tensor: String
    var rows: Int
    var columns: Int
    var offset: Int
  }

  struct NormPlan {
    var kind: Normalization
    var epsilon: Float
    var weight: Int
    var bias: Int?
  }

  struct LinearPlan {
    var matrix: Int
    var bias: Int?
  }

  struct LayerPlan {
    var attentionNorm: NormPlan
    var queryKeyValue: LinearPlan
    var queryNorm: NormPlan?
    var keyNorm: NormPlan?
    var attentionOutput: LinearPlan
    /// `nil` when the feed-forward block reads what the attention's norm makes.
    var feedForwardNorm: NormPlan?
    var up: LinearPlan
    var down: LinearPlan
  }

  private(set) var matrices: [Matrix] = []
  private(set) var vectors: [Vector] = []
  private(set) var tables: [Table] = []
  private(set) var layers: [LayerPlan] = []
  private(set) var embedding = 0
  private(set) var positions: Int?
  private(set) var finalNorm: NormPlan
  /// `nil` when tied to the embedding.
  private(set) var output: Int?
  let dtype: DType
  let panelWidth: Int
  private let matrixDType: DType
  private let arithmetic: DType
  private let fusedOrder: FusedRowOrder
  private var arena = Arena()

  /// Whether any weight is stored or rounded to fp16.
  var holdsHalves: Bool { dtype == .fp16 || matrixDType == .fp16 }
  /// Bytes of everything.
  var byteCount: Int { arena.used }

  init(_ configuration: ModelConfiguration, dtype: DType, arithmetic: DType, panelWidth: Int) {
    self.dtype = dtype
    self.panelWidth = panelWidth
    self.arithmetic = arithmetic == .bf16 ? .bf16 : .fp32
    matrixDType = dtype == .fp32 ? arithmetic : dtype
    fusedOrder = FusedRowOrder(configuration)
    finalNorm = NormPlan(kind: .layerNorm, epsilon: 0, weight: 0, bias: nil)
    let tensors = configuration.tensors
    let byLayer = Dictionary(grouping: tensors) { $0.layer ?? -1 }

    var names = RoleNames(byLayer[-1] ?? [])
    embedding = matrix([names[.embedding]!])
    if let tensor = names[.position] { positions = table(tensor) }
    for layer in 0..<configuration.layerCount {
      names = RoleNames(byLayer[layer] ?? [])
      layers.append(layerPlan(configuration, names))
    }
    names = RoleNames(byLayer[-1] ?? [])
    finalNorm = norm(configuration.normalization, configuration.normalizationEpsilon, names) { .finalNorm($0) }!
    output = names[.outputProjection].map { matrix([$0]) }
  }

  private mutating func layerPlan(_ configuration: ModelConfiguration, _ names: RoleNames) -> LayerPlan {
    let kind = configuration.normalization
    let epsilon = configuration.normalizationEpsilon
    let qkKind = configuration.queryKeyNormKind
    let qkEpsilon = configuration.queryKeyNormEpsilon
    return LayerPlan(
      attentionNorm: norm(kind, epsilon, names) { .attentionNorm($0) }!,
      queryKeyValue: linear(names, [{ .queryKeyValue($0) }, { .query($0) }, { .key($0) }, { .value($0) }]),
      queryNorm: norm(qkKind, qkEpsilon, names) { .queryNorm($0) },
      keyNorm: norm(qkKind, qkEpsilon, names) { .keyNorm($0) },
      attentionOutput: linear(names, [{ .attentionOutput($0) }]),
      feedForwardNorm: norm(kind, epsilon, names) { .feedForwardNorm($0) },
      up: linear(names, [{ .gate($0) }, { .up($0) }], alignPieces: true), down: linear(names, [{ .down($0) }]))
  }

  private mutating func norm(
    _ kind: Normalization, _ epsilon: Float, _ names: RoleNames, _ role: (TensorRole.Part) -> TensorRole
  ) -> NormPlan? {
    guard let weight = names[role(.weight)] else { return nil }
    return NormPlan(
      kind: kind, epsilon: epsilon, weight: vector([weight]), bias: names[role(.bias)].map { vector([$0]) })
  }

  /// One matrix of those of the roles that exist, row after row.
  private mutating func linear(
    _ names: RoleNames, _ roles: [(TensorRole.Part) -> TensorRole], alignPieces: Bool = false
  ) -> LinearPlan {
    let weights = roles.compactMap { names[$0(.weight)] }
    let biases = roles.compactMap { names[$0(.bias)] }
    return LinearPlan(
      matrix: matrix(weights, alignPieces: alignPieces),
      bias: biases.isEmpty ? nil : vector(biases, alignPieces: alignPieces))
  }

  private mutating func matrix(_ tensors: [TensorSpecification], alignPieces: Bool = false) -> Int {
    let depth = tensors[0].shape[tensors[0].inputsFirst ? 0 : 1]
    let (pieces, columns) = pieces(tensors, alignPieces)
    let bytes = PackedMatrix.byteCount(columns: columns, depth: depth, dtype: matrixDType, panelWidth: panelWidth)
    matrices.append(
      Matrix(
        pieces: pieces, columns: columns, depth: depth, offset: arena.reserve(bytes, alignment: 4096),
        dtype: matrixDType, arithmetic: arithmetic, inputsFirst: tensors[0].inputsFirst))
    return matrices.count - 1
  }

  private mutating func vector(_ tensors: [TensorSpecification], alignPieces: Bool = false) -> Int {
    let (pieces, count) = pieces(tensors, alignPieces)
    vectors.append(Vector(pieces: pieces, count: count, offset: arena.reserve(count * 4)))
    return vectors.count - 1
  }

  /// The tensors' rows one after the other; aligned pieces begin at whole panels.
  private func pieces(_ tensors: [TensorSpecification], _ aligned: Bool) -> ([Piece], Int) {
    var row = 0
    var pieces: [Piece] = []
    for tensor in tensors {
      if aligned { row = (row + panelWidth - 1) / panelWidth * panelWidth }
      let rows = tensor.shape[tensor.inputsFirst ? 1 : 0]
      switch tensor.role {
      case .queryKeyValue: pieces += fusedOrder.pieces(of: tensor.name, rows: rows, at: row)
      default: pieces.append(Piece(tensor: tensor.name, firstRow: row, rows: rows))
      }
      row += rows
    }
    return (pieces, row)
  }

  private mutating func table(_ tensor: TensorSpecification) -> Int {
    let bytes = tensor.elementCount * dtype.byteCount
    tables.append(
      Table(
        tensor: tensor.name, rows: tensor.shape[0], columns: tensor.shape[1],
        offset: arena.reserve(bytes, alignment: 4096)))
    return tables.count - 1
  }
}

/// Tensors of one block, or of none, by what they are for.
private struct RoleNames {
  private let tensors: [TensorRole: TensorSpecification]

  init(_ list: [TensorSpecification]) {
    tensors = Dictionary(uniqueKeysWithValues: list.map { ($0.role, $0) })
  }

  subscript(role: TensorRole) -> TensorSpecification? { tensors[role] }
}
