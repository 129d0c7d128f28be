// Prefill attention by products of bf16 pairs: keys and values as a bf16 cache holds them, queries and probabilities rounded.

import KernelInterface
import _Builtin_intrinsics.intel

extension BF16PairArithmetic: AttentionArithmetic {
  @inline(__always) static var stepValues: Int { 2 }
  @inline(__always) static func makeSteps(_ probabilities: UnsafeMutablePointer<Float>, _ count: Int) {
    roundToPairs(probabilities, count)
  }
}

/// See `AttentionKernels.Pairs.packQueries`.
func attentionPackQueryPairs(
  _ queries: UnsafePointer<Float>, _ stride: Int, _ scale: Float, _ headWidth: Int, _ out: UnsafeMutablePointer<Float>
) {
  attentionPackQueries(queries, stride, scale, headWidth, out)
  roundToPairs(out, headWidth)
}

/// See `AttentionKernels.PrefillBlock`.
func attentionPrefillBlockPairs(
  _ queries: UnsafePointer<Float>, _ headSteps: Int, _ keys: UnsafePointer<Float>, _ keyStride: Int,
  _ keyCount: Int, _ values: UnsafePointer<Float>, _ valueWidth: Int, _ valueStride: Int,
  _ state: UnsafeMutablePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ scores: UnsafeMutablePointer<Float>,
  _ mask: UnsafeRawPointer
) {
  prefillBlock(
    BF16PairArithmetic.self, queries, headSteps, keys, keyStride, keyCount, values, valueWidth, valueStride, state,
    output, scores, mask)
}

/// See `AttentionKernels.PairRows`.
func pairRows(
  _ rows: UnsafePointer<UInt16>, _ count: Int, _ width: Int, _ out: UnsafeMutablePointer<Float>, _ outStride: Int
) {
  var row = 0
  while row < count {
    let even = rows + row &* width
    let pairs = out + (row &>> 1) &* outStride
    var i = 0
    if row &+ 1 < count {
      while i < width {
        // A bf16 value widened is itself in the high half of its lane, which is where the odd row goes.
        vstore(pairs + i, vfloat(vbits(vloadBF16(even + i)) &>> 16 | vbits(vloadBF16(even + width + i))))
        i &+= VectorSet.lanes
      }
    } else {
      while i < width {
        vstore(pairs + i, vfloat(vbits(vloadBF16(even + i)) &>> 16))
        i &+= VectorSet.lanes
      }
    }
    row &+= 2
  }
}

/// Rows of fp32 [count][panel width], rounded to bf16, become pairs of rows [(count + 1) / 2][panel width], in place; an
/// odd last row is paired with zeros.
@inline(__always) private func roundToPairs(_ p: UnsafeMutablePointer<Float>, _ count: Int) {
  let width = 2 &* VectorSet.lanes
  var source = p
  var target = p
  var rest = count
  while rest >= 2 {
    let first = pair(vload(source), vload(source + width))
    let second = pair(vload(source + VectorSet.lanes), vload(source + width + VectorSet.lanes))
    vstore(target, first)
    vstore(target + VectorSet.lanes, second)
    source += 2 &* width
    target += width
    rest &-= 2
  }
  if rest > 0 {
    let second = pair(vload(source + VectorSet.lanes), vzero())
    vstore(target, pair(vload(source), vzero()))
    vstore(target + VectorSet.lanes, second)
  }
}

/// Each lane's `even` and `odd` rounded to bf16, side by side.
@inline(__always) private func pair(_ even: Vec, _ odd: Vec) -> Vec {
  let halves = unsafeBitCast(_mm512_cvtne2ps_pbh(odd, even), to: __m512i.self)
  // Lane i takes the values i and i + 16.
  var order = VecBits(repeating: 0)
  for lane in 0..<VectorSet.lanes { order[lane] = UInt32(truncatingIfNeeded: lane &* 0x1_0001 &+ 0x10_0000) }
  return unsafeBitCast(_mm512_permutexvar_epi16(unsafeBitCast(order, to: __m512i.self), halves), to: Vec.self)
}
