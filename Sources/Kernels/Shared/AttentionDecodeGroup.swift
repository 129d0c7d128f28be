// Decode attention of four heads that share keys and values: each vector of the cache is loaded and widened once for all four.

import KernelInterface

/// Scores of four heads, [4][`AttentionKernels.decodeBlock`]; see `scoreKeys`.
@inline(__always) func scoreKeysOfFour<E: CacheElement>(
  _: E.Type, _ queries: UnsafePointer<Float>, _ stride: Int, _ keys: UnsafePointer<E.Stored>, _ count: Int,
  _ next: UnsafeRawPointer, _ fetched: Int, _ scores: UnsafeMutablePointer<Float>
) {
  let lanes = VectorSet.lanes
  let block = AttentionKernels.decodeBlock
  let ahead = RowsAhead(UnsafeRawPointer(keys), count, fetched, next)
  var row = keys
  for key in 0..<count {
    ahead.fetch(key)
    var a0 = vzero(), a1 = vzero(), a2 = vzero(), a3 = vzero()
    var b0 = vzero(), b1 = vzero(), b2 = vzero(), b3 = vzero()
    var i = 0
    while i &+ 2 &* lanes <= stride {
      let q = queries + i
      let u = E.load(row + i)
      let v = E.load(row + i + lanes)
      a0 = vfma(u, vload(q), a0)
      a1 = vfma(u, vload(q + stride), a1)
      a2 = vfma(u, vload(q + 2 &* stride), a2)
      a3 = vfma(u, vload(q + 3 &* stride), a3)
      b0 = vfma(v, vload(q + lanes), b0)
      b1 = vfma(v, vload(q + stride + lanes), b1)
      b2 = vfma(v, vload(q + 2 &* stride + lanes), b2)
      b3 = vfma(v, vload(q + 3 &* stride + lanes), b3)
      i &+= 2 &* lanes
    }
    if i < stride {
      let q = queries + i
      let u = E.load(row + i)
      a0 = vfma(u, vload(q), a0)
      a1 = vfma(u, vload(q + stride), a1)
      a2 = vfma(u, vload(q + 2 &* stride), a2)
      a3 = vfma(u, vload(q + 3 &* stride), a3)
    }
    let sums = vsums(vadd(a0, b0), vadd(a1, b1), vadd(a2, b2), vadd(a3, b3))
    let target = scores + key
    target[0] = sums[0]
    target[block] = sums[1]
    target[2 &* block] = sums[2]
    target[3 &* block] = sums[3]
    row += stride
  }
}

/// output = output · correction + Σ probability · value of four heads; see `addValues`.
@inline(__always) func addValuesOfFour<E: CacheElement>(
  _: E.Type, _ probabilities: UnsafePointer<Float>, _ values: UnsafePointer<E.Stored>, _ count: Int, _ stride: Int,
  _ corrections: SIMD4<Float>, _ output: UnsafeMutablePointer<Float>, _ next: UnsafeRawPointer, _ fetched: Int
) {
  let lanes = VectorSet.lanes
  let block = AttentionKernels.decodeBlock
  for head in 0..<4 { scaleRow(output + head &* stride, corrections[head], stride) }
  let ahead = RowsAhead(UnsafeRawPointer(values), count, fetched, next)
  // Rows stay in the L1 cache from one part of the columns to the next.
  var first = 0
  while first < count {
    let end = min(first &+ 32, count)
    var column = 0
    while column &+ 2 &* lanes <= stride {
      let out = output + column
      var a0 = vload(out), b0 = vload(out + lanes)
      var a1 = vload(out + stride), b1 = vload(out + stride + lanes)
      var a2 = vload(out + 2 &* stride), b2 = vload(out + 2 &* stride + lanes)
      var a3 = vload(out + 3 &* stride), b3 = vload(out + 3 &* stride + lanes)
      var value = values + first &* stride + column
      for key in first..<end {
        if column == 0 { ahead.fetch(key) }
        let u = E.load(value)
        let v = E.load(value + lanes)
        let p = probabilities + key
        let p0 = vbroadcast(p[0])
        a0 = vfma(u, p0, a0)
        b0 = vfma(v, p0, b0)
        let p1 = vbroadcast(p[block])
        a1 = vfma(u, p1, a1)
        b1 = vfma(v, p1, b1)
        let p2 = vbroadcast(p[2 &* block])
        a2 = vfma(u, p2, a2)
        b2 = vfma(v, p2, b2)
        let p3 = vbroadcast(p[3 &* block])
        a3 = vfma(u, p3, a3)
        b3 = vfma(v, p3, b3)
        value += stride
      }
      vstore(out, a0)
      vstore(out + lanes, b0)
      vstore(out + stride, a1)
      vstore(out + stride + lanes, b1)
      vstore(out + 2 &* stride, a2)
      vstore(out + 2 &* stride + lanes, b2)
      vstore(out + 3 &* stride, a3)
      vstore(out + 3 &* stride + lanes, b3)
      column &+= 2 &* lanes
    }
    if column < stride {
      for head in 0..<4 {
        let out = output + head &* stride + column
        var sum = vload(out)
        for key in first..<end {
          sum = vfma(E.load(values + key &* stride + column), vbroadcast(probabilities[head &* block &+ key]), sum)
        }
        vstore(out, sum)
      }
    }
    first = end
  }
}
