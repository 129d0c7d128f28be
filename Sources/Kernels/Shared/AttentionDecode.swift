// Decode attention: one query of each head of a group against a run of cached keys and values, streamed once.

import KernelInterface

/// How a vector of a cache's dtype is loaded.
protocol CacheElement {
  associatedtype Stored
  static func load(_ p: UnsafePointer<Stored>) -> Vec
}

enum FP32Element: CacheElement {
  @inline(__always) static func load(_ p: UnsafePointer<Float>) -> Vec { vload(p) }
}

enum BF16Element: CacheElement {
  @inline(__always) static func load(_ p: UnsafePointer<UInt16>) -> Vec { vloadBF16(p) }
}

enum FP16Element: CacheElement {
  @inline(__always) static func load(_ p: UnsafePointer<UInt16>) -> Vec { vloadFP16(p) }
}

/// See `AttentionKernels.DecodeRun`. `stride` is a multiple of 16 elements, so that every vector is whole.
@inline(__always) private func decodeRun<E: CacheElement>(
  _: E.Type, _ queries: UnsafePointer<Float>, _ heads: Int, _ stride: Int, _ keys: UnsafeRawPointer,
  _ values: UnsafeRawPointer, _ keyCount: Int, _ state: UnsafeMutablePointer<Float>,
  _ output: UnsafeMutablePointer<Float>, _ scores: UnsafeMutablePointer<Float>, _ masks: UnsafeRawPointer,
  _ upcoming: UnsafeRawPointer
) {
  let keys = keys.assumingMemoryBound(to: E.Stored.self)
  let values = values.assumingMemoryBound(to: E.Stored.self)
  let masks = masks.assumingMemoryBound(to: AttentionMask.self)
  let rowBytes = stride &* MemoryLayout<E.Stored>.stride
  var first = 0
  while first < keyCount {
    let count = min(AttentionKernels.decodeBlock, keyCount &- first)
    let last = first &+ count == keyCount
    let fours = heads &- heads % 4
    if fours > 0 {
      decodeFours(
        E.self, queries, heads, stride, keys + first &* stride, values + first &* stride, count, first, state, output,
        scores, masks, last ? upcoming : UnsafeRawPointer(keys + (first &+ count) &* stride))
    }
    var head = fours
    while head < heads {
      let mask = masks[head]
      // The first head fetches what all of them read, and at its end what is read after it.
      let fetched = head == 0 ? rowBytes : 0
      scoreKeys(
        E.self, queries + head &* stride, stride, keys + first &* stride, count,
        UnsafeRawPointer(values + first &* stride), fetched, scores)
      let correction = softmaxScores(
        scores, count, mask.firstQuery &- mask.firstKey &- first, mask, state + head, state + (heads &+ head))
      let next = last ? upcoming : UnsafeRawPointer(keys + (first &+ count) &* stride)
      addValues(
        E.self, scores, values + first &* stride, count, stride, correction, output + head &* stride, next, fetched)
      head &+= 1
    }
    first &+= count
  }
}

/// As many heads as make fours, against a block of keys: the `first` of the run and those after it. A function of its own:
/// inlined it takes registers from the loops for one head.
@inline(never) private func decodeFours<E: CacheElement>(
  _: E.Type, _ queries: UnsafePointer<Float>, _ heads: Int, _ stride: Int, _ keys: UnsafePointer<E.Stored>,
  _ values: UnsafePointer<E.Stored>, _ count: Int, _ first: Int, _ state: UnsafeMutablePointer<Float>,
  _ output: UnsafeMutablePointer<Float>, _ scores: UnsafeMutablePointer<Float>, _ masks: UnsafePointer<AttentionMask>,
  _ next: UnsafeRawPointer
) {
  var head = 0
  while head &+ 4 <= heads {
    let fetched = head == 0 ? stride &* MemoryLayout<E.Stored>.stride : 0
    scoreKeysOfFour(
      E.self, queries + head &* stride, stride, keys, count, UnsafeRawPointer(values), fetched, scores)
    var corrections = SIMD4<Float>()
    for member in 0..<4 {
      let mask = masks[head &+ member]
      corrections[member] = softmaxScores(
        scores + member &* AttentionKernels.decodeBlock, count, mask.firstQuery &- mask.firstKey &- first, mask,
        state + (head &+ member), state + (heads &+ head &+ member))
    }
    addValuesOfFour(E.self, scores, values, count, stride, corrections, output + head &* stride, next, fetched)
    head &+= 4
  }
}

/// Scores of `count` keys, the first at `distance` before the query, become unnormalised probabilities; the running
/// maximum and sum are brought up to date. Returns the factor on what was summed before.
///
/// A function of its own, so that its constants do not take the registers of the loops around it.
@inline(never) private func softmaxScores(
  _ scores: UnsafeMutablePointer<Float>, _ count: Int, _ distance: Int, _ mask: AttentionMask,
  _ maximum: UnsafeMutablePointer<Float>, _ sum: UnsafeMutablePointer<Float>
) -> Float {
  if mask.softcap != 0 { softcapRow(scores, mask.softcap, count) }
  if let bias = mask.keyBias { addRow(scores, bias + (mask.firstQuery &- mask.firstKey &- distance), count) }
  if mask.slope != 0 || distance < count &- 1 || distance >= mask.window {
    for key in 0..<count {
      let away = distance &- key
      let s = scores[key] - mask.slope * Float(away)
      scores[key] = away < 0 || away >= mask.window ? -.infinity : s
    }
  }
  let former = maximum.pointee
  let largest = rowMaximum(scores, count, former)
  // A query that has seen no key yet has the maximum −∞, and −∞ − (−∞) is NaN: its probabilities are to be 0.
  let shift = vbroadcast(largest == -.infinity ? 0 : largest)
  mapRow(scores, count) { v in vexpNonPositive(vsub(v, shift)) }
  let correction = vexpNonPositive(vsub(vbroadcast(former), shift))[0]
  maximum.pointee = largest
  sum.pointee = sum.pointee * correction + rowSum(scores, count)
  return correction
}

/// The largest of a row and of `start`.
@inline(__always) private func rowMaximum(_ x: UnsafePointer<Float>, _ count: Int, _ start: Float) -> Float {
  var best = vbroadcast(start)
  var i = 0
  while i &+ VectorSet.lanes <= count {
    best = vmax(best, vload(x + i))
    i &+= VectorSet.lanes
  }
  var maximum = vmaximum(best)
  while i < count {
    if x[i] > maximum { maximum = x[i] }
    i &+= 1
  }
  return maximum
}

/// scores[key] = query · key. Rows are read one after the other, as the hardware's prefetchers follow best.
@inline(__always) private func scoreKeys<E: CacheElement>(
  _: E.Type, _ query: UnsafePointer<Float>, _ stride: Int, _ keys: UnsafePointer<E.Stored>, _ count: Int,
  _ next: UnsafeRawPointer, _ fetched: Int, _ scores: UnsafeMutablePointer<Float>
) {
  let ahead = RowsAhead(UnsafeRawPointer(keys), count, fetched, next)
  var row = keys
  var key = 0
  while key &+ 4 <= count {
    ahead.fetch(key)
    let s0 = dot(E.self, query, row, stride)
    ahead.fetch(key &+ 1)
    let s1 = dot(E.self, query, row + stride, stride)
    ahead.fetch(key &+ 2)
    let s2 = dot(E.self, query, row + 2 &* stride, stride)
    ahead.fetch(key &+ 3)
    let s3 = dot(E.self, query, row + 3 &* stride, stride)
    UnsafeMutableRawPointer(scores + key).storeBytes(of: vsums(s0, s1, s2, s3), as: SIMD4<Float>.self)
    row += 4 &* stride
    key &+= 4
  }
  while key < count {
    ahead.fetch(key)
    scores[key] = vsum(dot(E.self, query, row, stride))
    row += stride
    key &+= 1
  }
}

/// Sums of query · row, one for each lane.
@inline(__always) func dot<E: CacheElement>(
  _: E.Type, _ query: UnsafePointer<Float>, _ row: UnsafePointer<E.Stored>, _ stride: Int
) -> Vec {
  let lanes = VectorSet.lanes
  var s0 = vzero(), s1 = vzero()
  var i = 0
  while i &+ 2 &* lanes <= stride {
    s0 = vfma(E.load(row + i), vload(query + i), s0)
    s1 = vfma(E.load(row + i + lanes), vload(query + i + lanes), s1)
    i &+= 2 &* lanes
  }
  if i < stride { s0 = vfma(E.load(row + i), vload(query + i), s0) }
  return vadd(s0, s1)
}

/// The sums of four vectors.
@inline(__always) func vsums(_ a: Vec, _ b: Vec, _ c: Vec, _ d: Vec) -> SIMD4<Float> {
  let quads = vquads(a, b, c, d)
  return vsumParts(vadd(vadd(quads.0, quads.1), vadd(quads.2, quads.3)))
}

/// output = output · correction + Σ probability · value: eight vectors of the head at a time, which is the whole head in
/// most, so that rows are read one after the other.
@inline(__always) private func addValues<E: CacheElement>(
  _: E.Type, _ probabilities: UnsafePointer<Float>, _ values: UnsafePointer<E.Stored>, _ count: Int, _ stride: Int,
  _ correction: Float, _ output: UnsafeMutablePointer<Float>, _ next: UnsafeRawPointer, _ fetched: Int
) {
  let lanes = VectorSet.lanes
  scaleRow(output, correction, stride)
  let ahead = RowsAhead(UnsafeRawPointer(values), count, fetched, next)
  // Where a head has more vectors, its rows stay in the L1 cache from one part to the next.
  let block = stride <= 8 &* lanes ? count : 16
  var first = 0
  while first < count {
    let end = min(first &+ block, count)
    var column = 0
    while column &+ 8 &* lanes <= stride {
      let out = output + column
      var s0 = vload(out), s1 = vload(out + lanes), s2 = vload(out + 2 &* lanes), s3 = vload(out + 3 &* lanes)
      var s4 = vload(out + 4 &* lanes), s5 = vload(out + 5 &* lanes), s6 = vload(out + 6 &* lanes)
      var s7 = vload(out + 7 &* lanes)
      var value = values + first &* stride + column
      for key in first..<end {
        if column == 0 { ahead.fetch(key) }
        let p = vbroadcast(probabilities[key])
        s0 = vfma(E.load(value), p, s0)
        s1 = vfma(E.load(value + lanes), p, s1)
        s2 = vfma(E.load(value + 2 &* lanes), p, s2)
        s3 = vfma(E.load(value + 3 &* lanes), p, s3)
        s4 = vfma(E.load(value + 4 &* lanes), p, s4)
        s5 = vfma(E.load(value + 5 &* lanes), p, s5)
        s6 = vfma(E.load(value + 6 &* lanes), p, s6)
        s7 = vfma(E.load(value + 7 &* lanes), p, s7)
        value += stride
      }
      vstore(out, s0)
      vstore(out + lanes, s1)
      vstore(out + 2 &* lanes, s2)
      vstore(out + 3 &* lanes, s3)
      vstore(out + 4 &* lanes, s4)
      vstore(out + 5 &* lanes, s5)
      vstore(out + 6 &* lanes, s6)
      vstore(out + 7 &* lanes, s7)
      column &+= 8 &* lanes
    }
    while column &+ 4 &* lanes <= stride {
      let out = output + column
      var s0 = vload(out), s1 = vload(out + lanes), s2 = vload(out + 2 &* lanes), s3 = vload(out + 3 &* lanes)
      var t0 = vzero(), t1 = vzero(), t2 = vzero(), t3 = vzero()
      var value = values + first &* stride + column
      var key = first
      while key &+ 2 <= end {
        if column == 0 {
          ahead.fetch(key)
          ahead.fetch(key &+ 1)
        }
        let p = vbroadcast(probabilities[key])
        let q = vbroadcast(probabilities[key &+ 1])
        let following = value + stride
        s0 = vfma(E.load(value), p, s0)
        s1 = vfma(E.load(value + lanes), p, s1)
        s2 = vfma(E.load(value + 2 &* lanes), p, s2)
        s3 = vfma(E.load(value + 3 &* lanes), p, s3)
        t0 = vfma(E.load(following), q, t0)
        t1 = vfma(E.load(following + lanes), q, t1)
        t2 = vfma(E.load(following + 2 &* lanes), q, t2)
        t3 = vfma(E.load(following + 3 &* lanes), q, t3)
        value = following + stride
        key &+= 2
      }
      if key < end {
        let p = vbroadcast(probabilities[key])
        s0 = vfma(E.load(value), p, s0)
        s1 = vfma(E.load(value + lanes), p, s1)
        s2 = vfma(E.load(value + 2 &* lanes), p, s2)
        s3 = vfma(E.load(value + 3 &* lanes), p, s3)
      }
      vstore(out, vadd(s0, t0))
      vstore(out + lanes, vadd(s1, t1))
      vstore(out + 2 &* lanes, vadd(s2, t2))
      vstore(out + 3 &* lanes, vadd(s3, t3))
      column &+= 4 &* lanes
    }
    while column < stride {
      var s0 = vload(output + column)
      for key in first..<end {
        s0 = vfma(E.load(values + key &* stride + column), vbroadcast(probabilities[key]), s0)
      }
      vstore(output + column, s0)
      column &+= lanes
    }
    first = end
  }
}

func attentionDecodeFP32(
  _ queries: UnsafePointer<Float>, _ heads: Int, _ stride: Int, _ keys: UnsafeRawPointer, _ values: UnsafeRawPointer,
  _ keyCount: Int, _ state: UnsafeMutablePointer<Float>, _ output: UnsafeMutablePointer<Float>,
  _ scores: UnsafeMutablePointer<Float>, _ masks: UnsafeRawPointer,
  _ upcoming: UnsafeRawPointer
) {
  decodeRun(FP32Element.self, queries, heads, stride, keys, values, keyCount, state, output, scores, masks, upcoming)
}

func attentionDecodeBF16(
  _ queries: UnsafePointer<Float>, _ heads: Int, _ stride: Int, _ keys: UnsafeRawPointer, _ values: UnsafeRawPointer,
  _ keyCount: Int, _ state: UnsafeMutablePointer<Float>, _ output: UnsafeMutablePointer<Float>,
  _ scores: UnsafeMutablePointer<Float>, _ masks: UnsafeRawPointer,
  _ upcoming: UnsafeRawPointer
) {
  decodeRun(BF16Element.self, queries, heads, stride, keys, values, keyCount, state, output, scores, masks, upcoming)
}

func attentionDecodeFP16(
  _ queries: UnsafePointer<Float>, _ heads: Int, _ stride: Int, _ keys: UnsafeRawPointer, _ values: UnsafeRawPointer,
  _ keyCount: Int, _ state: UnsafeMutablePointer<Float>, _ output: UnsafeMutablePointer<Float>,
  _ scores: UnsafeMutablePointer<Float>, _ masks: UnsafeRawPointer,
  _ upcoming: UnsafeRawPointer
) {
  decodeRun(FP16Element.self, queries, heads, stride, keys, values, keyCount, state, output, scores, masks, upcoming)
}
