// Prefill attention: a panel of queries against a block of keys.
//
// The scores are kept transposed, [key][query]: queries lie in the lanes, so that maximum, exponential and sum over the
// keys are lane by lane with no horizontal operation, keys are the rows of the first product, and the probabilities
// are already in the layout that the second product reads as its row blocks.

import KernelInterface

/// How the two products multiply. A step along their depths is four bytes of each row: one fp32 value, or a pair of bf16
/// values; pointers and strides count steps.
protocol AttentionArithmetic: TileArithmetic {
  /// Values of a step.
  static var stepValues: Int { get }
  /// One vector of queries: scores [count][panel width] become e^(score − shift) in steps along the keys, in place, and 0
  /// from there to the steps of `end` keys. Returns the sums over the keys.
  static func exponentials(_ scores: UnsafeMutablePointer<Float>, _ count: Int, _ end: Int, _ shift: Vec) -> Vec
}

extension FP32Arithmetic: AttentionArithmetic {
  @inline(__always) static var stepValues: Int { 1 }
  @inline(__always) static func exponentials(
    _ scores: UnsafeMutablePointer<Float>, _ count: Int, _ end: Int, _ shift: Vec
  ) -> Vec {
    let width = 2 &* VectorSet.lanes
    // Two passes: with the sum beside them the constants of the exponential do not fit in sixteen registers.
    for key in 0..<count {
      let p = scores + key &* width
      vstore(p, vexpNonPositive(vsub(vload(p), shift)))
    }
    for key in count..<end { vstore(scores + key &* width, vzero()) }
    return columnSum(scores, count)
  }
}

/// See `AttentionKernels.PackQueries`.
func attentionPackQueries(
  _ queries: UnsafePointer<Float>, _ stride: Int, _ scale: Float, _ headWidth: Int, _ out: UnsafeMutablePointer<Float>
) {
  let width = 2 &* VectorSet.lanes
  let factor = vbroadcast(scale)
  var k = 0
  while k &+ VectorSet.lanes <= headWidth {
    for half in 0..<2 {
      let first = half &* VectorSet.lanes
      transposeSquare(out + k &* width + first, width) { row in
        vmul(vload(queries + (first &+ row) &* stride + k), factor)
      }
    }
    k &+= VectorSet.lanes
  }
  while k < headWidth {
    for row in 0..<width { out[k &* width &+ row] = queries[row &* stride &+ k] * scale }
    k &+= 1
  }
}

/// See `AttentionKernels.PrefillBlock`.
func attentionPrefillBlock(
  _ queries: UnsafePointer<Float>, _ headWidth: Int, _ keys: UnsafePointer<Float>, _ keyStride: Int,
  _ keyCount: Int, _ values: UnsafePointer<Float>, _ valueWidth: Int, _ valueStride: Int,
  _ state: UnsafeMutablePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ scores: UnsafeMutablePointer<Float>,
  _ mask: UnsafeRawPointer
) {
  prefillBlock(
    FP32Arithmetic.self, queries, headWidth, keys, keyStride, keyCount, values, valueWidth, valueStride, state, output,
    scores, mask)
}

@inline(__always) func prefillBlock<A: AttentionArithmetic>(
  _: A.Type, _ queries: UnsafePointer<Float>, _ headSteps: Int, _ keys: UnsafePointer<Float>, _ keyStride: Int,
  _ keyCount: Int, _ values: UnsafePointer<Float>, _ valueWidth: Int, _ valueStride: Int,
  _ state: UnsafeMutablePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ scores: UnsafeMutablePointer<Float>,
  _ mask: UnsafeRawPointer
) {
  let width = 2 &* VectorSet.lanes
  let mask = mask.assumingMemoryBound(to: AttentionMask.self).pointee
  // Keys up to this one are seen by the last query, and up to `both` by the last of the panel's first vector: the others
  // cost nothing.
  let visible = min(keyCount, mask.firstQuery &+ width &- mask.firstKey)
  if visible <= 0 { return }
  let both = max(0, min(keyCount, mask.firstQuery &+ VectorSet.lanes &- mask.firstKey))
  keyTiles(A.self, 0, both, queries, headSteps, keys, keyStride, scores, secondOnly: false)
  keyTiles(A.self, both, visible, queries, headSteps, keys, keyStride, scores, secondOnly: true)
  if mask.softcap != 0 { softcapRow(scores, mask.softcap, visible &* width) }
  let sums = state + width
  let begun = vmaximum(vmax(vload(sums), vload(sums + VectorSet.lanes))) > 0
  softmaxColumns(A.self, scores, both, visible, state, output, valueWidth, mask)
  softmaxColumns(
    A.self, scores + VectorSet.lanes, visible, visible, state + VectorSet.lanes,
    output + VectorSet.lanes &* valueWidth, valueWidth,
    AttentionMask(
      firstQuery: mask.firstQuery &+ VectorSet.lanes, firstKey: mask.firstKey, slope: mask.slope,
      softcap: mask.softcap, window: mask.window, keyBias: mask.keyBias))
  let queryBlocks = RowBlocks(width)
  var column = 0
  while column < valueWidth {
    var query = 0
    for index in 0..<queryBlocks.count {
      let rows = queryBlocks.rows(index)
      let depth = max(0, min(visible, mask.firstQuery &+ query &+ rows &- mask.firstKey))
      stridedTile(
        A.self, rows, scores + query, 1, width, values + column, valueStride,
        (depth &+ A.stepValues &- 1) / A.stepValues,
        output + query &* valueWidth + column, valueWidth, begun, secondOnly: false)
      query &+= rows
    }
    column &+= width
  }
}

/// Scores of the keys `first` ..< `end`, of the panel's second vector of queries only where no other sees them.
@inline(__always) private func keyTiles<A: AttentionArithmetic>(
  _: A.Type, _ first: Int, _ end: Int, _ queries: UnsafePointer<Float>, _ headSteps: Int, _ keys: UnsafePointer<Float>,
  _ keyStride: Int, _ scores: UnsafeMutablePointer<Float>, secondOnly: Bool
) {
  let width = 2 &* VectorSet.lanes
  let blocks = RowBlocks(end &- first)
  var row = first
  for index in 0..<blocks.count {
    let rows = blocks.rows(index)
    stridedTile(
      A.self, rows, keys + row &* keyStride, keyStride, 1, queries, width, headSteps, scores + row &* width, width,
      false,
      secondOnly: secondOnly)
    row &+= rows
  }
}

/// One vector of queries: scores [keys][panel width] become unnormalised probabilities, 0 from `keyCount` to `end`, and what
/// was summed before is rescaled to the new maximum.
@inline(never) private func softmaxColumns<A: AttentionArithmetic>(
  _: A.Type, _ scores: UnsafeMutablePointer<Float>, _ keyCount: Int, _ end: Int,
  _ state: UnsafeMutablePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ valueWidth: Int, _ mask: AttentionMask
) {
  let width = 2 &* VectorSet.lanes
  if let bias = mask.keyBias {
    for key in 0..<keyCount {
      let p = scores + key &* width
      vstore(p, vadd(vload(p), vbroadcast(bias[key])))
    }
  }
  let former = vload(state)
  // Keys that all queries see as they are: nothing to do but to find the largest.
  let farthest = mask.firstQuery &+ VectorSet.lanes &- 1 &- mask.firstKey
  let plain =
    mask.slope == 0 && farthest < mask.window ? max(0, min(keyCount, mask.firstQuery &- mask.firstKey &+ 1)) : 0
  let maximum = vmax(columnMaximum(scores, plain, former), maskColumns(scores, plain, keyCount, mask))
  // A query that has seen no key yet has the maximum −∞, and −∞ − (−∞) is NaN: its probabilities are to be 0.
  let shift = vselectLess(maximum, vbroadcast(-.greatestFiniteMagnitude), vzero(), maximum)
  let sum = A.exponentials(scores, keyCount, end, shift)
  let correction = vexpNonPositive(vsub(former, shift))
  vstore(state, maximum)
  let before = vload(state + width)
  vstore(state + width, vfma(before, correction, sum))
  for lane in 0..<VectorSet.lanes where correction[lane] != 1 && before[lane] != 0 {
    scaleRow(output + lane &* valueWidth, correction[lane], valueWidth)
  }
}

/// Slope, order and window on the scores of the keys from `first` on; their maxima.
@inline(__always) private func maskColumns(
  _ scores: UnsafeMutablePointer<Float>, _ first: Int, _ keyCount: Int, _ mask: AttentionMask
) -> Vec {
  // Distance of the first key to each query; it falls by 1 from key to key.
  var ramp = VecBits(repeating: 0)
  for lane in 0..<VectorSet.lanes { ramp[lane] = UInt32(truncatingIfNeeded: lane) }
  let start = vadd(vconvert(ramp), vbroadcast(Float(mask.firstQuery &- mask.firstKey)))
  let slope = vbroadcast(-mask.slope)
  let window = vbroadcast(Float(mask.window))
  let hidden = vbroadcast(-.infinity)
  var maximum = hidden
  var key = first
  while key < keyCount {
    let p = scores + key &* 2 &* VectorSet.lanes
    let distance = vsub(start, vbroadcast(Float(key)))
    var s = vfma(distance, slope, vload(p))
    s = vselectLess(distance, vzero(), hidden, s)
    s = vselectLess(distance, window, s, hidden)
    vstore(p, s)
    maximum = vmax(maximum, s)
    key &+= 1
  }
  return maximum
}

/// Maxima of the first `keyCount` keys' scores and `least`; four chains, as each waits for the result before.
@inline(__always) private func columnMaximum(_ scores: UnsafePointer<Float>, _ keyCount: Int, _ least: Vec) -> Vec {
  let width = 2 &* VectorSet.lanes
  var (a, b, c, d) = (least, least, least, least)
  var p = scores
  var rest = keyCount
  while rest >= 4 {
    a = vmax(a, vload(p))
    b = vmax(b, vload(p + width))
    c = vmax(c, vload(p + 2 &* width))
    d = vmax(d, vload(p + 3 &* width))
    p += 4 &* width
    rest &-= 4
  }
  while rest > 0 {
    a = vmax(a, vload(p))
    p += width
    rest &-= 1
  }
  return vmax(vmax(a, b), vmax(c, d))
}

/// Sums over the keys, in four chains.
@inline(__always) private func columnSum(_ scores: UnsafePointer<Float>, _ keyCount: Int) -> Vec {
  let width = 2 &* VectorSet.lanes
  var (a, b, c, d) = (vzero(), vzero(), vzero(), vzero())
  var p = scores
  var rest = keyCount
  while rest >= 4 {
    a = vadd(a, vload(p))
    b = vadd(b, vload(p + width))
    c = vadd(c, vload(p + 2 &* width))
    d = vadd(d, vload(p + 3 &* width))
    p += 4 &* width
    rest &-= 4
  }
  while rest > 0 {
    a = vadd(a, vload(p))
    p += width
    rest &-= 1
  }
  return vadd(vadd(a, b), vadd(c, d))
}

/// A tile over operands that are not packed: `aStride` steps from one row of a to the next, `aStep` and `bStride` from one
/// step along the depth to the next.
@inline(__always) private func stridedTile<A: TileArithmetic>(
  _: A.Type, _ rows: Int, _ a: UnsafePointer<Float>, _ aStride: Int, _ aStep: Int, _ b: UnsafePointer<Float>,
  _ bStride: Int,
  _ depth: Int, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ accumulate: Bool, secondOnly: Bool
) {
  switch rows {
  case 1: strided(A.self, Rows1.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate, secondOnly)
  case 2: strided(A.self, Rows2.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate, secondOnly)
  case 3: strided(A.self, Rows3.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate, secondOnly)
  case 4: strided(A.self, Rows4.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate, secondOnly)
  case 5: strided(A.self, Rows5.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate, secondOnly)
  case 6: strided(A.self, Rows6.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate, secondOnly)
  case 7: strided(A.self, Rows7.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate, secondOnly)
  case 8: strided(A.self, Rows8.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate, secondOnly)
  case 9: strided(A.self, Rows9.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate, secondOnly)
  case 10: strided(A.self, Rows10.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate, secondOnly)
  case 11: strided(A.self, Rows11.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate, secondOnly)
  default: strided(A.self, Rows12.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate, secondOnly)
  }
}

@inline(never) private func strided<A: TileArithmetic, R: TileRows>(
  _: A.Type, _: R.Type, _ a: UnsafePointer<Float>, _ aStride: Int, _ aStep: Int, _ b: UnsafePointer<Float>,
  _ bStride: Int,
  _ depth: Int, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ accumulate: Bool, _ secondOnly: Bool
) {
  let rows = R.count
  if rows > VectorSet.tileRows { return }
  var sums = TileSums()
  var a = a
  var b = b
  if secondOnly {
    b += VectorSet.lanes
    for _ in 0..<depth {
      // The first vector's sums are not stored, so that only the second's are computed.
      let second = A.load(b)
      sums.step(A.self, rows, UnsafeRawPointer(a), second, second, stride: 4 &* aStride)
      a += aStep
      b += bStride
    }
    sums.storeSecond(rows, c, cStride)
    return
  }
  for _ in 0..<depth {
    sums.step(A.self, rows, UnsafeRawPointer(a), A.load(b), A.load(b + VectorSet.lanes), stride: 4 &* aStride)
    a += aStep
    b += bStride
  }
  sums.store(rows, c, cStride, accumulate)
}
