// Decode attention of four heads that share keys and values: each vector of the cache is loaded and widened once for all four.

import KernelInterface

/// Rows of values that stay in the L1 cache while four heads take them, and how many rows ahead are fetched.
private let rowsOfFour = 32

/// Scores of four heads, [4][`AttentionKernels.decodeBlock`]; see `scoreKeys`. Two keys at a time share each load of a query.
@inline(__always) func scoreKeysOfFour<E: CacheElement>(
  _: E.Type, _ queries: UnsafePointer<Float>, _ stride: Int, _ keys: UnsafePointer<E.Stored>, _ count: Int,
  _ next: UnsafeRawPointer, _ fetched: Int, _ scores: UnsafeMutablePointer<Float>
) {
  let lanes = VectorSet.lanes
  let block = AttentionKernels.decodeBlock
  let ahead = RowsAhead(UnsafeRawPointer(keys), count, fetched, next, distance: rowsOfFour)
  var row = keys
  var key = 0
  while key &+ 2 <= count {
    ahead.fetch(key)
    ahead.fetch(key &+ 1)
    var a0 = vzero(), a1 = vzero(), a2 = vzero(), a3 = vzero()
    var b0 = vzero(), b1 = vzero(), b2 = vzero(), b3 = vzero()
    var i = 0
    while i < stride {
      let q = queries + i
      let u = E.load(row + i)
      let v = E.load(row + stride + i)
      let q0 = vload(q)
      a0 = vfma(u, q0, a0)
      b0 = vfma(v, q0, b0)
      let q1 = vload(q + stride)
      a1 = vfma(u, q1, a1)
      b1 = vfma(v, q1, b1)
      let q2 = vload(q + 2 &* stride)
      a2 = vfma(u, q2, a2)
      b2 = vfma(v, q2, b2)
      let q3 = vload(q + 3 &* stride)
      a3 = vfma(u, q3, a3)
      b3 = vfma(v, q3, b3)
      i &+= lanes
    }
    let first = vsums(a0, b0, a1, b1)
    let second = vsums(a2, b2, a3, b3)
    let target = UnsafeMutableRawPointer(scores + key)
    let blockBytes = block &* MemoryLayout<Float>.stride
    target.storeBytes(of: first.lowHalf, as: SIMD2<Float>.self)
    target.storeBytes(of: first.highHalf, toByteOffset: blockBytes, as: SIMD2<Float>.self)
    target.storeBytes(of: second.lowHalf, toByteOffset: 2 &* blockBytes, as: SIMD2<Float>.self)
    target.storeBytes(of: second.highHalf, toByteOffset: 3 &* blockBytes, as: SIMD2<Float>.self)
    row += 2 &* stride
    key &+= 2
  }
  if key < count {
    ahead.fetch(key)
    for head in 0..<4 {
      scores[head &* block &+ key] = vsum(dot(E.self, queries + head &* stride, row, stride))
    }
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
  let ahead = RowsAhead(UnsafeRawPointer(values), count, fetched, next, distance: rowsOfFour)
  let partBytes = 2 &* lanes &* MemoryLayout<E.Stored>.stride
  // Rows stay in the L1 cache from one part of the columns to the next. Each part fetches its own of the rows to come, so
  // that memory is read all the time.
  var first = 0
  while first < count {
    let end = min(first &+ rowsOfFour, count)
    var column = 0
    while column &+ 2 &* lanes <= stride {
      let out = output + column
      var a0 = vload(out), b0 = vload(out + lanes)
      var a1 = vload(out + stride), b1 = vload(out + stride + lanes)
      var a2 = vload(out + 2 &* stride), b2 = vload(out + 2 &* stride + lanes)
      var a3 = vload(out + 3 &* stride), b3 = vload(out + 3 &* stride + lanes)
      var value = values + first &* stride + column
      for key in first..<end {
        ahead.fetch(key, column &* MemoryLayout<E.Stored>.stride, partBytes)
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
