// What the hardware can do at best: arithmetic with nothing to wait for, and one stream of reads.

/// Independent chains of fused multiply-adds, as many as a tile has; see `ProbeKernels.Peak`.
func peakFP32(_ iterations: Int) -> Float {
  peak(FP32Arithmetic.self, iterations, Float(1).bitPattern, vbroadcast(0x1p-20))
}

/// One tile whose activations are all `element` and whose weights are all `w`.
@inline(__always) func peak<A: TileArithmetic>(
  _: A.Type, _ iterations: Int, _ element: UInt32, _ w: A.Operand
) -> Float {
  let rows = VectorSet.tileRows
  let count = rows &* 2 &* VectorSet.lanes
  return withUnsafeTemporaryAllocation(of: Float.self, capacity: count &+ 12) { buffer in
    let c = buffer.baseAddress!
    let a = c + count
    for i in 0..<12 { a[i] = Float(bitPattern: element) }
    // Local to the closure: sums that it captured would live in memory.
    var sums = TileSums()
    for _ in 0..<iterations { sums.step(A.self, rows, UnsafeRawPointer(a), w, w) }
    sums.store(rows, c, 2 &* VectorSet.lanes, false)
    var total: Float = 0
    for i in 0..<count { total += c[i] }
    return total
  }
}

/// See `ProbeKernels.Read`.
func readStream(_ p: UnsafeRawPointer, _ bytes: Int) -> Float {
  let values = p.assumingMemoryBound(to: Float.self)
  var s0 = vzero(), s1 = vzero(), s2 = vzero(), s3 = vzero()
  var i = 0
  while i < bytes / 4 {
    s0 = vadd(s0, vload(values + i))
    s1 = vadd(s1, vload(values + i + VectorSet.lanes))
    s2 = vadd(s2, vload(values + i + 2 &* VectorSet.lanes))
    s3 = vadd(s3, vload(values + i + 3 &* VectorSet.lanes))
    i &+= 4 &* VectorSet.lanes
  }
  return vsum(vadd(vadd(s0, s1), vadd(s2, s3)))
}
