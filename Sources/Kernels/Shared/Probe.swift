// What the hardware can do at best: arithmetic with nothing to wait for, and one stream of reads.

/// Rows of sums in a peak probe: a tile's, but six at least, for twelve chains cover the latency of a multiplication and
/// an addition. Without operands to load they need no more than 14 registers.
@inline(__always) var probeRows: Int { VectorSet.tileRows < 6 ? 6 : VectorSet.tileRows }

/// Independent chains of multiply-adds in registers; see `ProbeKernels.Peak`.
func peakFP32(_ iterations: Int) -> Float {
  var sums = TileSums()
  // One half, in a way that the optimiser cannot know: a constant would let it leave multiplications out.
  let x = vbroadcast(Float(bitPattern: 0x3f00_0000 | UInt32(truncatingIfNeeded: iterations &>> 62)))
  let w = vbroadcast(0x1p-20)
  for _ in 0..<iterations { sums.advance(probeRows, x, w) }
  return sums.total(probeRows)
}

extension TileSums {
  /// sum = sum · x + w for each sum of the first `rows` rows. The product is of the sum, not of the two operands, which
  /// without fused instructions could be multiplied once and for all.
  @inline(__always) fileprivate mutating func advance(_ rows: Int, _ x: Vec, _ w: Vec) {
    if rows > 0 { (a0, b0) = (vfma(a0, x, w), vfma(b0, x, w)) }
    if rows > 1 { (a1, b1) = (vfma(a1, x, w), vfma(b1, x, w)) }
    if rows > 2 { (a2, b2) = (vfma(a2, x, w), vfma(b2, x, w)) }
    if rows > 3 { (a3, b3) = (vfma(a3, x, w), vfma(b3, x, w)) }
    if rows > 4 { (a4, b4) = (vfma(a4, x, w), vfma(b4, x, w)) }
    if rows > 5 { (a5, b5) = (vfma(a5, x, w), vfma(b5, x, w)) }
    if rows > 6 { (a6, b6) = (vfma(a6, x, w), vfma(b6, x, w)) }
    if rows > 7 { (a7, b7) = (vfma(a7, x, w), vfma(b7, x, w)) }
    if rows > 8 { (a8, b8) = (vfma(a8, x, w), vfma(b8, x, w)) }
    if rows > 9 { (a9, b9) = (vfma(a9, x, w), vfma(b9, x, w)) }
    if rows > 10 { (a10, b10) = (vfma(a10, x, w), vfma(b10, x, w)) }
    if rows > 11 { (a11, b11) = (vfma(a11, x, w), vfma(b11, x, w)) }
  }

  /// sum = sum + x · w for each sum of the first `rows` rows.
  @inline(__always) mutating func multiplyAdd<A: TileArithmetic>(
    _: A.Type, _ rows: Int, _ x: A.Operand, _ w: A.Operand
  ) {
    if rows > 0 { (a0, b0) = (A.multiplyAdd(a0, x, w), A.multiplyAdd(b0, x, w)) }
    if rows > 1 { (a1, b1) = (A.multiplyAdd(a1, x, w), A.multiplyAdd(b1, x, w)) }
    if rows > 2 { (a2, b2) = (A.multiplyAdd(a2, x, w), A.multiplyAdd(b2, x, w)) }
    if rows > 3 { (a3, b3) = (A.multiplyAdd(a3, x, w), A.multiplyAdd(b3, x, w)) }
    if rows > 4 { (a4, b4) = (A.multiplyAdd(a4, x, w), A.multiplyAdd(b4, x, w)) }
    if rows > 5 { (a5, b5) = (A.multiplyAdd(a5, x, w), A.multiplyAdd(b5, x, w)) }
    if rows > 6 { (a6, b6) = (A.multiplyAdd(a6, x, w), A.multiplyAdd(b6, x, w)) }
    if rows > 7 { (a7, b7) = (A.multiplyAdd(a7, x, w), A.multiplyAdd(b7, x, w)) }
    if rows > 8 { (a8, b8) = (A.multiplyAdd(a8, x, w), A.multiplyAdd(b8, x, w)) }
    if rows > 9 { (a9, b9) = (A.multiplyAdd(a9, x, w), A.multiplyAdd(b9, x, w)) }
    if rows > 10 { (a10, b10) = (A.multiplyAdd(a10, x, w), A.multiplyAdd(b10, x, w)) }
    if rows > 11 { (a11, b11) = (A.multiplyAdd(a11, x, w), A.multiplyAdd(b11, x, w)) }
  }

  /// The sum of the first `rows` rows, so that none of them can be left out.
  @inline(__always) func total(_ rows: Int) -> Float {
    var total = vzero()
    if rows > 0 { total = vadd(total, vadd(a0, b0)) }
    if rows > 1 { total = vadd(total, vadd(a1, b1)) }
    if rows > 2 { total = vadd(total, vadd(a2, b2)) }
    if rows > 3 { total = vadd(total, vadd(a3, b3)) }
    if rows > 4 { total = vadd(total, vadd(a4, b4)) }
    if rows > 5 { total = vadd(total, vadd(a5, b5)) }
    if rows > 6 { total = vadd(total, vadd(a6, b6)) }
    if rows > 7 { total = vadd(total, vadd(a7, b7)) }
    if rows > 8 { total = vadd(total, vadd(a8, b8)) }
    if rows > 9 { total = vadd(total, vadd(a9, b9)) }
    if rows > 10 { total = vadd(total, vadd(a10, b10)) }
    if rows > 11 { total = vadd(total, vadd(a11, b11)) }
    return vsum(total)
  }
}

/// See `ProbeKernels.Read`.
///
/// Two streams, the halves of the block, keep more reads on their way than one does where the prefetcher follows each.
/// Eight chains of sums hide the additions' latency even where a load comes from a cache.
func readStream(_ p: UnsafeRawPointer, _ bytes: Int) -> Float {
  let first = p.assumingMemoryBound(to: Float.self)
  let half = bytes / 8
  let second = first + half
  var a0 = vzero(), a1 = vzero(), a2 = vzero(), a3 = vzero()
  var b0 = vzero(), b1 = vzero(), b2 = vzero(), b3 = vzero()
  var i = 0
  while i < half {
    a0 = vadd(a0, vload(first + i))
    a1 = vadd(a1, vload(first + i + VectorSet.lanes))
    a2 = vadd(a2, vload(first + i + 2 &* VectorSet.lanes))
    a3 = vadd(a3, vload(first + i + 3 &* VectorSet.lanes))
    b0 = vadd(b0, vload(second + i))
    b1 = vadd(b1, vload(second + i + VectorSet.lanes))
    b2 = vadd(b2, vload(second + i + 2 &* VectorSet.lanes))
    b3 = vadd(b3, vload(second + i + 3 &* VectorSet.lanes))
    i &+= 4 &* VectorSet.lanes
  }
  return vsum(vadd(vadd(vadd(a0, a1), vadd(a2, a3)), vadd(vadd(b0, b1), vadd(b2, b3))))
}
