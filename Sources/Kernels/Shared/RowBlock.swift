// Activations into row blocks, [depth][rows]: a transposition of a few long rows.

/// Writes lanes of four-byte elements of each row as columns of `rows` elements from `out` on.
///
/// The rows go four by four, the last ones first: what a partial four writes beyond its column is overwritten by the
/// first four of the next column, or by the next call. So unless the rows are whole fours, at least one more column must
/// follow in `out`.
///
/// - load: a vector of row `row`.
@inline(__always) func transposeVectors(
  _ rows: Int, _ out: UnsafeMutablePointer<Float>, _ load: (_ row: Int) -> Vec
) {
  var first = (rows &- 1) & ~3
  while first >= 0 {
    let last = rows &- 1
    let quads = vquads(
      load(first), load(min(first &+ 1, last)), load(min(first &+ 2, last)), load(min(first &+ 3, last)))
    var target = UnsafeMutableRawPointer(out + first)
    let step = rows &* 4
    for part in 0..<(VectorSet.lanes / 4) {
      target.storeBytes(of: vpart(quads.0, part), as: SIMD4<Float>.self)
      (target + step).storeBytes(of: vpart(quads.1, part), as: SIMD4<Float>.self)
      (target + 2 &* step).storeBytes(of: vpart(quads.2, part), as: SIMD4<Float>.self)
      (target + 3 &* step).storeBytes(of: vpart(quads.3, part), as: SIMD4<Float>.self)
      target += 4 &* step
    }
    first &-= 4
  }
}

/// Writes as many rows as a vector has lanes, a vector of each, as columns `stride` elements apart.
///
/// - load: a vector of row `row`.
@inline(__always) func transposeSquare(
  _ out: UnsafeMutablePointer<Float>, _ stride: Int, _ load: (_ row: Int) -> Vec
) {
  let a = vquads(load(0), load(1), load(2), load(3))
  let b = VectorSet.lanes > 4 ? vquads(load(4), load(5), load(6), load(7)) : a
  let c = VectorSet.lanes > 8 ? vquads(load(8), load(9), load(10), load(11)) : a
  let d = VectorSet.lanes > 8 ? vquads(load(12), load(13), load(14), load(15)) : a
  for part in 0..<(VectorSet.lanes / 4) {
    let column = out + 4 &* part &* stride
    vstore(column, vjoin(a.0, b.0, c.0, d.0, part))
    vstore(column + stride, vjoin(a.1, b.1, c.1, d.1, part))
    vstore(column + 2 &* stride, vjoin(a.2, b.2, c.2, d.2, part))
    vstore(column + 3 &* stride, vjoin(a.3, b.3, c.3, d.3, part))
  }
}

/// See `ConversionKernels.packRowBlock`: fp32 rows into one block [depth][rows] of fp32, the depth padded to even.
func packRowBlockFP32(
  _ x: UnsafePointer<Float>, _ rows: Int, _ depth: Int, _ stride: Int, _ out: UnsafeMutableRawPointer
) {
  let block = out.assumingMemoryBound(to: Float.self)
  var k = 0
  if rows == 1 {
    while k &+ VectorSet.lanes <= depth {
      vstore(block + k, vload(x + k))
      k &+= VectorSet.lanes
    }
  } else {
    // Whole fours write nothing beyond their columns.
    let end = rows % 4 == 0 ? depth : depth &- 1
    while k &+ VectorSet.lanes <= end {
      transposeVectors(rows, block + k &* rows) { row in vload(x + row &* stride + k) }
      k &+= VectorSet.lanes
    }
  }
  while k < depth {
    for row in 0..<rows { block[k &* rows &+ row] = x[row &* stride &+ k] }
    k &+= 1
  }
  if depth & 1 != 0 {
    for row in 0..<rows { block[k &* rows &+ row] = 0 }
  }
}
