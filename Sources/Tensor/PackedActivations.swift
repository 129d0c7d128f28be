import KernelInterface

/// Where activations lie packed for a product: row group after row group, in each row block after row block, each
/// [depth][block rows], or [depth / 2][block rows][2] in bf16, converted to the dtype of the products once for the whole matrix.
public struct PackedActivations {
  /// The first row group; its owner keeps it alive.
  public let base: UnsafeMutableRawPointer
  /// Most rows that are multiplied against a part of the weights before the next part is loaded: at 264 rows and the
  /// depth of one step (see `Linear.stepBytes`) they fill about a quarter of a 1 MB L2 cache, their sums a fifth.
  public static let maximumGroupRows = 264

  /// Columns of which a part of a row block has a multiple: two vectors, and lines of a cache that no other part shares.
  private static let partUnit = 32

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

  /// Packs this worker's share of `rows` rows that are computed one by one.
  ///
  /// - Parameters:
  ///   - row: writes the fp32 row of that number into the buffer, [depth]. Called once for each row, on one worker.
  ///   - scratch: this worker's own, [maximum tile rows][depth].
  public func pack(
    _ worker: Worker, _ kernels: KernelSet, rows: Int, for weights: PackedMatrix,
    scratch: UnsafeMutablePointer<Float>, row: (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    forEachPart(worker, kernels, rows, weights, parts: 1) { part in
      for index in 0..<part.rows.count { row(part.rows.lowerBound + index, scratch + index * weights.depth) }
      part.pack(scratch, part.rows.count, weights.depth, weights.depth, part.target)
    }
  }

  /// Packs this worker's share of `rows` rows of fp32 in memory, `stride` elements apart. Each worker takes the same
  /// columns of all row blocks, so that few rows are shared by all workers too.
  ///
  /// - prepare: called for each row and range of its columns before those are packed, once, on one worker.
  public func pack(
    _ worker: Worker, _ kernels: KernelSet, rows: Int, for weights: PackedMatrix, from source: UnsafePointer<Float>,
    stride: Int, prepare: (_ row: Int, _ columns: Range<Int>) -> Void = { _, _ in }
  ) {
    forEachPart(worker, kernels, rows, weights, parts: worker.count) { part in
      for row in part.rows { prepare(row, part.columns) }
      part.pack(
        source + part.rows.lowerBound * stride + part.columns.lowerBound, part.rows.count, part.columns.count, stride,
        part.target)
    }
  }

  /// Some columns of a row block.
  private struct Part {
    let rows: Range<Int>
    let columns: Range<Int>
    let target: UnsafeMutableRawPointer
    let pack: ConversionKernels.PackRowBlock
  }

  /// This worker's parts when each row block's columns are `parts` parts of whole vectors.
  private func forEachPart(
    _ worker: Worker, _ kernels: KernelSet, _ rows: Int, _ weights: PackedMatrix, parts: Int, _ body: (Part) -> Void
  ) {
    let pairs = weights.takesBF16Pairs(kernels)
    let elementBytes = pairs ? 2 : 4
    let rowBytes = PackedActivations.rowBytes(paddedDepth: weights.paddedDepth, elementBytes)
    let pack = pairs ? kernels.conversion.packRowBlockBF16! : kernels.conversion.packRowBlockFP32
    let maximumRows = PackedActivations.groupRows(rows, kernels)
    let units = (weights.depth + PackedActivations.partUnit - 1) / PackedActivations.partUnit
    var number = 0
    var group = 0
    while group < rows {
      let groupRows = min(maximumRows, rows - group)
      let blocks = (groupRows + kernels.maximumTileRows - 1) / kernels.maximumTileRows
      var first = group
      for block in 0..<blocks {
        let blockRows = groupRows / blocks + (block < groupRows % blocks ? 1 : 0)
        for index in 0..<parts {
          if number % worker.count == worker.index {
            let start = units * index / parts * PackedActivations.partUnit
            let end = min(weights.depth, units * (index + 1) / parts * PackedActivations.partUnit)
            if start < end {
              body(
                Part(
                  rows: first..<first + blockRows, columns: start..<end,
                  target: base + first * rowBytes + start * blockRows * elementBytes, pack: pack))
            }
          }
          number += 1
        }
        first += blockRows
      }
      group += groupRows
    }
  }
}
