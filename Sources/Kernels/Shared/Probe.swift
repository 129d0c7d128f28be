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
///
/// Two streams, the halves of the block, keep more reads on their way than one does where the prefetcher follows each.
/// The sums are maxima, whose latency eight chains hide even where a load comes from a cache.
func readStream(_ p: UnsafeRawPointer, _ bytes: Int) -> Float {
  let first = p.assumingMemoryBound(to: Float.self)
  let half = bytes / 8
  let second = first + half
  var a0 = vzero(), a1 = vzero(), a2 = vzero(), a3 = vzero()
  var b0 = vzero(), b1 = vzero(), b2 = vzero(), b3 = vzero()
  var i = 0
  while i < half {
    a0 = vmax(a0, vload(first + i))
    a1 = vmax(a1, vload(first + i + VectorSet.lanes))
    a2 = vmax(a2, vload(first + i + 2 &* VectorSet.lanes))
    a3 = vmax(a3, vload(first + i + 3 &* VectorSet.lanes))
    b0 = vmax(b0, vload(second + i))
    b1 = vmax(b1, vload(second + i + VectorSet.lanes))
    b2 = vmax(b2, vload(second + i + 2 &* VectorSet.lanes))
    b3 = vmax(b3, vload(second + i + 3 &* VectorSet.lanes))
    i &+= 4 &* VectorSet.lanes
  }
  return vsum(vadd(vadd(vadd(a0, a1), vadd(a2, a3)), vadd(vadd(b0, b1), vadd(b2, b3))))
}
