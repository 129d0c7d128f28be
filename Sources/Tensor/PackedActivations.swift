import KernelInterface

/// Where activations lie packed for a product: row group after row group, in each row block after row block, each
/// [depth][block rows], or [depth / 2][block rows][2] in bf16, converted to the dtype of the products once for the whole matrix.
public struct PackedActivations {
  /// The first row group; its owner keeps it alive.
  public let base: UnsafeMutableRawPointer
  /// Most rows that are multiplied against a part of the weights before the next part is loaded: at 264 rows and the
  /// depth of one step (see `Linear.stepBytes`) they fill about a quarter of a 1 MB L2 cache, their sums a fifth.
  public static let maximumGroupRows = 264

  public init(base: UnsafeMutableRawPointer) {
    self.base = base
  }

  /// Rows of each group but the last: groups of nearly the same size, of whole row blocks.
  static func groupRows(_ rows: Int, _ kernels: KernelSet) -> Int {
    let groups = (rows + maximumGroupRows - 1) / maximumGroupRows
    let even = (rows + groups - 1) / groups
    return (even + kernels.maximumTileRows - 1) / kernels.maximumTileRows * kernels.maximumTileRows
  }

  /// Bytes for `rows` rows of any dtype.
  public static func byteCount(rows: Int, depth: Int) -> Int { rows * rowBytes(paddedDepth: (depth + 1) & ~1, 4) }

  /// Bytes from one row's part to the next, which is more than a row has: at a depth that is a power of two, the parts
  /// of all row blocks that a step reads would share a few sets of the L2 cache. 1 KB more a row puts the blocks of 12
  /// rows 12 KB further apart, which is what a step reads of each.
  static func rowBytes(paddedDepth: Int, _ elementBytes: Int) -> Int { paddedDepth * elementBytes + 1024 }

  /// Packs this worker's share of `rows` rows.
  ///
  /// - Parameters:
  ///   - row: writes the fp32 row of that number into the buffer, [depth]. Called once for each row, on one worker.
  ///   - scratch: this worker's own, [maximum tile rows][depth].
  public func pack(
    _ worker: Worker, _ kernels: KernelSet, rows: Int, for weights: PackedMatrix,
    scratch: UnsafeMutablePointer<Float>, row: (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    let depth = weights.depth
    let pairs = weights.takesBF16Pairs(kernels)
    let elementBytes = pairs ? 2 : 4
    let rowBytes = PackedActivations.rowBytes(paddedDepth: weights.paddedDepth, elementBytes)
    let pack = pairs ? kernels.conversion.packRowBlockBF16! : kernels.conversion.packRowBlockFP32
    let maximumRows = PackedActivations.groupRows(rows, kernels)
    var number = 0
    var group = 0
    while group < rows {
      let groupRows = min(maximumRows, rows - group)
      let blocks = (groupRows + kernels.maximumTileRows - 1) / kernels.maximumTileRows
      var first = group
      for block in 0..<blocks {
        let blockRows = groupRows / blocks + (block < groupRows % blocks ? 1 : 0)
        if number % worker.count == worker.index {
          for index in 0..<blockRows { row(first + index, scratch + index * depth) }
          pack(scratch, blockRows, depth, depth, base + first * rowBytes)
        }
        number += 1
        first += blockRows
      }
      group += groupRows
    }
  }
}
