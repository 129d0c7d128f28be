import KernelInterface

/// Row blocks of `rows` rows as the kernels expect them: as few as the tile allows, the larger ones first.
public func rowBlocks(_ rows: Int, _ kernels: KernelSet) -> [Range<Int>] {
  let count = (rows + kernels.maximumTileRows - 1) / kernels.maximumTileRows
  var blocks: [Range<Int>] = []
  var first = 0
  for index in 0..<count {
    let size = rows / count + (index < rows % count ? 1 : 0)
    blocks.append(first..<first + size)
    first += size
  }
  return blocks
}
