// Prefill attention: a panel of queries against a block of keys.
//
// The scores are kept transposed, [key][query]: queries lie in the lanes, so that maximum, exponential and sum over the
// keys are lane by lane with no horizontal operation, keys are the rows of the first product, and the probabilities
// are already in the layout that the second product reads as its row blocks.

import KernelInterface

/// See `AttentionKernels.PrefillBlock`.
func attentionPrefillBlock(
  _ queries: UnsafePointer<Float>, _ headWidth: Int, _ keys: UnsafePointer<Float>, _ keyStride: Int,
  _ keyCount: Int, _ values: UnsafePointer<Float>, _ valueWidth: Int, _ valueStride: Int,
  _ state: UnsafeMutablePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ scores: UnsafeMutablePointer<Float>,
  _ mask: UnsafeRawPointer
) {
  let width = 2 &* VectorSet.lanes
  let mask = mask.assumingMemoryBound(to: AttentionMask.self).pointee
  // Keys up to this one are seen by the last query; those after it cost nothing.
  let visible = min(keyCount, mask.firstQuery &+ width &- mask.firstKey)
  if visible <= 0 { return }
  let blocks = RowBlocks(keyCount)
  var row = 0
  var index = 0
  while row < visible {
    let rows = blocks.rows(index)
    stridedTile(
      rows, keys + row &* keyStride, keyStride, 1, queries, width, headWidth, scores + row &* width, width, false)
    row &+= rows
    index &+= 1
  }
  if mask.softcap != 0 { softcapRow(scores, mask.softcap, visible &* width) }
  let sums = state + width
  let begun = vmaximum(vmax(vload(sums), vload(sums + VectorSet.lanes))) > 0
  softmaxColumns(scores, visible, state, output, valueWidth, mask)
  softmaxColumns(
    scores + VectorSet.lanes, visible, state + VectorSet.lanes, output + VectorSet.lanes &* valueWidth, valueWidth,
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
        rows, scores + query, 1, width, values + column, valueStride, depth, output + query &* valueWidth + column,
        valueWidth, begun)
      query &+= rows
    }
    column &+= width
  }
}

/// One vector of queries: scores [keys][panel width] become unnormalised probabilities, and what was summed before is
/// rescaled to the new maximum.
@inline(never) private func softmaxColumns(
  _ scores: UnsafeMutablePointer<Float>, _ keyCount: Int, _ state: UnsafeMutablePointer<Float>,
  _ output: UnsafeMutablePointer<Float>, _ valueWidth: Int, _ mask: AttentionMask
) {
  let width = 2 &* VectorSet.lanes
  // Distance of the first key to each query; it falls by 1 from key to key.
  var ramp = VecBits(repeating: 0)
  for lane in 0..<VectorSet.lanes { ramp[lane] = UInt32(truncatingIfNeeded: lane) }
  let start = vadd(vconvert(ramp), vbroadcast(Float(mask.firstQuery &- mask.firstKey)))
  let nearest = mask.firstQuery &- (mask.firstKey &+ keyCount &- 1)
  let farthest = mask.firstQuery &+ VectorSet.lanes &- 1 &- mask.firstKey
  var maximum = vload(state)
  let former = maximum
  if let bias = mask.keyBias {
    for key in 0..<keyCount {
      let p = scores + key &* width
      vstore(p, vadd(vload(p), vbroadcast(bias[key])))
    }
  }
  if mask.slope != 0 || nearest < 0 || farthest >= mask.window {
    let slope = vbroadcast(-mask.slope)
    let window = vbroadcast(Float(mask.window))
    let hidden = vbroadcast(-.infinity)
    for key in 0..<keyCount {
      let p = scores + key &* width
      let distance = vsub(start, vbroadcast(Float(key)))
      var s = vfma(distance, slope, vload(p))
      s = vselectLess(distance, vzero(), hidden, s)
      s = vselectLess(distance, window, s, hidden)
      vstore(p, s)
      maximum = vmax(maximum, s)
    }
  } else {
    for key in 0..<keyCount { maximum = vmax(maximum, vload(scores + key &* width)) }
  }
  // A query that has seen no key yet has the maximum −∞, and −∞ − (−∞) is NaN: its probabilities are to be 0.
  let shift = vselectLess(maximum, vbroadcast(-.greatestFiniteMagnitude), vzero(), maximum)
  // Two passes: with the sum beside them the constants of the exponential do not fit in sixteen registers.
  for key in 0..<keyCount {
    let p = scores + key &* width
    vstore(p, vexpNonPositive(vsub(vload(p), shift)))
  }
  var sum = vzero()
  for key in 0..<keyCount { sum = vadd(sum, vload(scores + key &* width)) }
  let correction = vexpNonPositive(vsub(former, shift))
  vstore(state, maximum)
  let before = vload(state + width)
  vstore(state + width, vfma(before, correction, sum))
  for lane in 0..<VectorSet.lanes where correction[lane] != 1 && before[lane] != 0 {
    scaleRow(output + lane &* valueWidth, correction[lane], valueWidth)
  }
}

/// A tile over operands that are not packed: `aStride` floats from one row of a to the next, `aStep` and `bStride` from
/// one step along the depth to the next.
@inline(__always) private func stridedTile(
  _ rows: Int, _ a: UnsafePointer<Float>, _ aStride: Int, _ aStep: Int, _ b: UnsafePointer<Float>, _ bStride: Int,
  _ depth: Int, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ accumulate: Bool
) {
  switch rows {
  case 1: strided(Rows1.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate)
  case 2: strided(Rows2.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate)
  case 3: strided(Rows3.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate)
  case 4: strided(Rows4.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate)
  case 5: strided(Rows5.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate)
  case 6: strided(Rows6.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate)
  case 7: strided(Rows7.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate)
  case 8: strided(Rows8.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate)
  case 9: strided(Rows9.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate)
  case 10: strided(Rows10.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate)
  case 11: strided(Rows11.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate)
  default: strided(Rows12.self, a, aStride, aStep, b, bStride, depth, c, cStride, accumulate)
  }
}

@inline(never) private func strided<R: TileRows>(
  _: R.Type, _ a: UnsafePointer<Float>, _ aStride: Int, _ aStep: Int, _ b: UnsafePointer<Float>, _ bStride: Int,
  _ depth: Int, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ accumulate: Bool
) {
  let rows = R.count
  if rows > VectorSet.tileRows { return }
  var sums = TileSums()
  var a = a
  var b = b
  for _ in 0..<depth {
    sums.step(
      FP32Arithmetic.self, rows, UnsafeRawPointer(a), vload(b), vload(b + VectorSet.lanes), stride: 4 &* aStride)
    a += aStep
    b += bStride
  }
  sums.store(rows, c, cStride, accumulate)
}
