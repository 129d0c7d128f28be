// C[rows, panel] (+)= A[rows, depth] · B[depth, panel]: all row blocks of packed activations against one panel.

/// The row blocks of `rows` packed rows: as few as the tile allows, of sizes that differ by at most one.
struct RowBlocks {
  let count: Int
  private let size: Int
  private let larger: Int

  @inline(__always) init(_ rows: Int) {
    count = (rows &+ VectorSet.tileRows &- 1) / VectorSet.tileRows
    size = count == 0 ? 0 : rows / count
    larger = count == 0 ? 0 : rows % count
  }

  /// Rows of block `index`.
  @inline(__always) func rows(_ index: Int) -> Int { index < larger ? size &+ 1 : size }
}

/// See `MatmulKernels.Panel`.
@inline(__always) func matmulPanel<F: PanelFormat>(
  _: F.Type, _ a: UnsafeRawPointer, _ rows: Int, _ depth: Int, _ firstStep: Int, _ steps: Int, _ b: UnsafeRawPointer,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ accumulate: Bool, _ ahead: Int,
  _ nextStep: Int
) {
  // A row's elements for the whole depth and up to the first step.
  let depthBytes = depth / 2 &* F.elementsPerPair &* 4
  let firstBytes = firstStep / 2 &* F.elementsPerPair &* 4
  let blocks = RowBlocks(rows)
  let pairs = steps / 2
  // Each row block fetches its share of what comes next, so that reads from memory are spread over the whole time.
  let advance = (F.bytesPerPair &+ blocks.count &- 1) / max(1, blocks.count)
  var fetch = b + ahead
  // Bytes from a row's elements to those of the next part of the depth.
  let rowAhead = (nextStep &- firstStep) / 2 &* F.elementsPerPair &* 4
  var row = 0
  for index in 0..<blocks.count {
    let blockRows = blocks.rows(index)
    let block = a + row &* depthBytes + firstBytes &* blockRows
    let corner = c + row &* cStride
    switch blockRows {
    case 1: tile(F.self, Rows1.self, block, b, pairs, corner, cStride, accumulate, fetch, advance, rowAhead)
    case 2: tile(F.self, Rows2.self, block, b, pairs, corner, cStride, accumulate, fetch, advance, rowAhead)
    case 3: tile(F.self, Rows3.self, block, b, pairs, corner, cStride, accumulate, fetch, advance, rowAhead)
    case 4: tile(F.self, Rows4.self, block, b, pairs, corner, cStride, accumulate, fetch, advance, rowAhead)
    case 5: tile(F.self, Rows5.self, block, b, pairs, corner, cStride, accumulate, fetch, advance, rowAhead)
    case 6: tile(F.self, Rows6.self, block, b, pairs, corner, cStride, accumulate, fetch, advance, rowAhead)
    case 7: tile(F.self, Rows7.self, block, b, pairs, corner, cStride, accumulate, fetch, advance, rowAhead)
    case 8: tile(F.self, Rows8.self, block, b, pairs, corner, cStride, accumulate, fetch, advance, rowAhead)
    case 9: tile(F.self, Rows9.self, block, b, pairs, corner, cStride, accumulate, fetch, advance, rowAhead)
    case 10: tile(F.self, Rows10.self, block, b, pairs, corner, cStride, accumulate, fetch, advance, rowAhead)
    case 11: tile(F.self, Rows11.self, block, b, pairs, corner, cStride, accumulate, fetch, advance, rowAhead)
    default: tile(F.self, Rows12.self, block, b, pairs, corner, cStride, accumulate, fetch, advance, rowAhead)
    }
    row &+= blockRows
    fetch += pairs &* advance
  }
}

/// One tile. It is specialised for each format and number of rows, so that each has its own function with just the
/// registers it needs; never inlined, because the inliner gives up on the twelve of them together.
@inline(never) private func tile<F: PanelFormat, R: TileRows>(
  _: F.Type, _: R.Type, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ pairs: Int,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ accumulate: Bool, _ fetch: UnsafeRawPointer, _ advance: Int,
  _ rowAhead: Int
) {
  let rows = R.count
  if rows > VectorSet.tileRows { return }
  let activationsAhead = rowAhead &* rows
  var sums = TileSums()
  var a = a
  var b = b
  var fetch = fetch
  var remaining = pairs
  if rows <= 2 {
    // Few rows make few chains: two sets of sums keep the multiply-add units busy.
    var others = TileSums()
    while remaining > 1 {
      F.step(&sums, rows, a, b)
      F.step(&others, rows, a + F.elementsPerPair &* 4 &* rows, b + F.bytesPerPair)
      a += 2 &* F.elementsPerPair &* 4 &* rows
      b += 2 &* F.bytesPerPair
      remaining &-= 2
    }
    sums.add(rows, others)
  }
  while remaining > 0 {
    prefetch(fetch, F.bytesPerPair)
    fetch += advance
    prefetch(a + activationsAhead, F.elementsPerPair &* 4 &* rows)
    F.step(&sums, rows, a, b)
    a += F.elementsPerPair &* 4 &* rows
    b += F.bytesPerPair
    remaining &-= 1
  }
  sums.store(rows, c, cStride, accumulate)
}

func matmulPanelFP32(
  _ a: UnsafeRawPointer, _ rows: Int, _ depth: Int, _ firstStep: Int, _ steps: Int, _ b: UnsafeRawPointer,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ accumulate: Bool, _ ahead: Int,
  _ nextStep: Int
) {
  matmulPanel(FP32Panel.self, a, rows, depth, firstStep, steps, b, c, cStride, accumulate, ahead, nextStep)
}

func matmulPanelBF16(
  _ a: UnsafeRawPointer, _ rows: Int, _ depth: Int, _ firstStep: Int, _ steps: Int, _ b: UnsafeRawPointer,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ accumulate: Bool, _ ahead: Int,
  _ nextStep: Int
) {
  matmulPanel(BF16Panel.self, a, rows, depth, firstStep, steps, b, c, cStride, accumulate, ahead, nextStep)
}

func matmulPanelFP16(
  _ a: UnsafeRawPointer, _ rows: Int, _ depth: Int, _ firstStep: Int, _ steps: Int, _ b: UnsafeRawPointer,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ accumulate: Bool, _ ahead: Int,
  _ nextStep: Int
) {
  matmulPanel(FP16Panel.self, a, rows, depth, firstStep, steps, b, c, cStride, accumulate, ahead, nextStep)
}
