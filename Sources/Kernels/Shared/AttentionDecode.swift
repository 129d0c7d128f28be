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
    for head in 0..<heads {
      let mask = masks[head]
      // The first head fetches what all of them read: the values while it scores the keys, then the next keys.
      let fetched = head == 0 ? rowBytes : 0
      scoreKeys(
        E.self, queries + head &* stride, stride, keys + first &* stride, values + first &* stride, fetched, count,
        scores)
      let correction = softmaxScores(
        scores, count, mask.firstQuery &- mask.firstKey &- first, mask, state + head, state + (heads &+ head))
      let next = last ? upcoming : UnsafeRawPointer(keys + (first &+ count) &* stride)
      addValues(
        E.self, scores, values + first &* stride, count, stride, correction, output + head &* stride, next, fetched)
    }
    first &+= count
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

/// scores[key] = query · key; the values of the same keys, which are wanted next, are fetched on the way:
/// `fetched` bytes of each row.
@inline(__always) private func scoreKeys<E: CacheElement>(
  _: E.Type, _ query: UnsafePointer<Float>, _ stride: Int, _ keys: UnsafePointer<E.Stored>,
  _ values: UnsafePointer<E.Stored>, _ fetched: Int, _ count: Int, _ scores: UnsafeMutablePointer<Float>
) {
  var key = 0
  while key &+ 4 <= count {
    prefetch(UnsafeRawPointer(values + key &* stride), 4 &* fetched)
    let k0 = keys + key &* stride
    let k1 = k0 + stride
    let k2 = k1 + stride
    let k3 = k2 + stride
    var s0 = vzero(), s1 = vzero(), s2 = vzero(), s3 = vzero()
    var i = 0
    while i < stride {
      let q = vload(query + i)
      s0 = vfma(E.load(k0 + i), q, s0)
      s1 = vfma(E.load(k1 + i), q, s1)
      s2 = vfma(E.load(k2 + i), q, s2)
      s3 = vfma(E.load(k3 + i), q, s3)
      i &+= VectorSet.lanes
    }
    UnsafeMutableRawPointer(scores + key).storeBytes(of: vsums(s0, s1, s2, s3), as: SIMD4<Float>.self)
    key &+= 4
  }
  while key < count {
    let k0 = keys + key &* stride
    var s0 = vzero()
    var i = 0
    while i < stride {
      s0 = vfma(E.load(k0 + i), vload(query + i), s0)
      i &+= VectorSet.lanes
    }
    scores[key] = vsum(s0)
    key &+= 1
  }
}

/// The sums of four vectors.
@inline(__always) private func vsums(_ a: Vec, _ b: Vec, _ c: Vec, _ d: Vec) -> SIMD4<Float> {
  let quads = vquads(a, b, c, d)
  return vsumParts(vadd(vadd(quads.0, quads.1), vadd(quads.2, quads.3)))
}

/// output = output · correction + Σ probability · value, four vectors of the head at a time. On the way `fetched` bytes
/// for each key are fetched from `next` on.
@inline(__always) private func addValues<E: CacheElement>(
  _: E.Type, _ probabilities: UnsafePointer<Float>, _ values: UnsafePointer<E.Stored>, _ count: Int, _ stride: Int,
  _ correction: Float, _ output: UnsafeMutablePointer<Float>, _ next: UnsafeRawPointer, _ fetched: Int
) {
  let factor = vbroadcast(correction)
  let lanes = VectorSet.lanes
  var column = 0
  while column &+ 4 &* lanes <= stride {
    let out = output + column
    var s0 = vmul(vload(out), factor), s1 = vmul(vload(out + lanes), factor)
    var s2 = vmul(vload(out + 2 &* lanes), factor), s3 = vmul(vload(out + 3 &* lanes), factor)
    var t0 = vzero(), t1 = vzero(), t2 = vzero(), t3 = vzero()
    var value = values + column
    // Each pass over the keys fetches its part of the next rows.
    var ahead = next + column &* MemoryLayout<E.Stored>.stride
    let part = 4 &* lanes &* MemoryLayout<E.Stored>.stride
    var key = 0
    while key &+ 2 <= count {
      prefetch(ahead, part)
      prefetch(ahead + fetched, part)
      ahead += 2 &* fetched
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
    if key < count {
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
    var s0 = vmul(vload(output + column), factor)
    for key in 0..<count {
      s0 = vfma(E.load(values + key &* stride + column), vbroadcast(probabilities[key]), s0)
    }
    vstore(output + column, s0)
    column &+= lanes
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
