// What the hardware can do at best: arithmetic with nothing to wait for, and one stream of reads.

/// 12 independent chains of fused multiply-adds for each iteration, twice over; see `ProbeKernels.Peak`.
func peakFP32(_ iterations: Int) -> Float {
  var sums = TileSums()
  withUnsafeTemporaryAllocation(of: Float.self, capacity: 12) { elements in
    for i in 0..<12 { elements[i] = 1 }
    let u = vbroadcast(0.999), v = vbroadcast(0.001)
    let a = UnsafeRawPointer(elements.baseAddress!)
    for _ in 0..<iterations { sums.step(FP32Arithmetic.self, VectorSet.tileRows, a, u, v) }
  }
  var result: Float = 0
  withUnsafeTemporaryAllocation(of: Float.self, capacity: 12 &* 2 &* VectorSet.lanes) { c in
    sums.store(VectorSet.tileRows, c.baseAddress!, 2 &* VectorSet.lanes, false)
    for i in 0..<(VectorSet.tileRows &* 2 &* VectorSet.lanes) { result += c[i] }
  }
  return result
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
