/// Where the rows of a fused projection of queries, keys and values go: packed weights always hold all queries, then all
/// keys, then all values.
struct FusedRowOrder {
  let order: FusedQKVOrder
  let headDimension: Int
  let keyValueHeads: Int
  /// Query heads that read one key-value head.
  let groupSize: Int

  init(_ configuration: ModelConfiguration) {
    order = configuration.fusedQKVOrder
    headDimension = configuration.headDimension
    keyValueHeads = configuration.keyValueHeadCount
    groupSize = configuration.headCount / configuration.keyValueHeadCount
  }

  /// Pieces of the tensor, whose first packed row is `first`.
  func pieces(of tensor: String, rows: Int, at first: Int) -> [WeightPlan.Piece] {
    guard order == .groups else { return [WeightPlan.Piece(tensor: tensor, firstRow: first, rows: rows)] }
    let queries = groupSize * headDimension
    let keys = keyValueHeads * queries
    let values = keys + keyValueHeads * headDimension
    var pieces: [WeightPlan.Piece] = []
    for head in 0..<keyValueHeads {
      let source = head * (queries + 2 * headDimension)
      pieces += [
        .init(tensor: tensor, sourceRow: source, firstRow: first + head * queries, rows: queries),
        .init(
          tensor: tensor, sourceRow: source + queries, firstRow: first + keys + head * headDimension,
          rows: headDimension),
        .init(
          tensor: tensor, sourceRow: source + queries + headDimension,
          firstRow: first + values + head * headDimension, rows: headDimension),
      ]
    }
    return pieces
  }
}
