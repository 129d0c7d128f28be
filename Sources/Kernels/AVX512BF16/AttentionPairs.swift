// Prefill attention by products of bf16 pairs: keys and values as a bf16 cache holds them, queries and probabilities rounded.

import Builtin
import KernelInterface
import _Builtin_intrinsics.intel

extension BF16PairArithmetic: AttentionArithmetic {
  @inline(__always) static var stepValues: Int { 2 }
  @inline(__always) static func exponentials(
    _ scores: UnsafeMutablePointer<Float>, _ count: Int, _ end: Int, _ shift: Vec
  ) -> Vec {
    let width = 2 &* VectorSet.lanes
    let least = vmul(shift, vbroadcast(-log2e))
    var (evens, odds) = (vzero(), vzero())
    var source = scores
    var steps = scores
    var rest = count
    while rest >= 2 {
      let even = exponential(vload(source), least)
      let odd = exponential(vload(source + width), least)
      evens = vadd(evens, even)
      odds = vadd(odds, odd)
      vstore(steps, pair(even, odd))
      source += 2 &* width
      steps += width
      rest &-= 2
    }
    if rest > 0 {
      let even = exponential(vload(source), least)
      evens = vadd(evens, even)
      vstore(steps, pair(even, vzero()))
      steps += width
    }
    for _ in (count &+ 1) / 2..<(end &+ 1) / 2 {
      vstore(steps, vzero())
      steps += width
    }
    return vadd(evens, odds)
  }
}

private var log2e: Float { @inline(__always) get { 1.442_695_04 } }

/// e^x of a probability that is rounded to bf16, as 2^(x · log₂e + least); 0 for −∞.
@inline(__always) private func exponential(_ x: Vec, _ least: Vec) -> Vec {
  // 2⁻²⁰⁰ is 0, and −∞ would be NaN.
  let t = vmax(vbroadcast(-200), vfma(x, vbroadcast(log2e), least))
  let n = vround(t)
  let r = vsub(t, n)
  // (2ʳ - 1) / r, |r| <= 0.5: 3e-6 of 2ʳ
  var q = vbroadcast(9.582_852_690e-3)
  q = vfma(q, r, vbroadcast(5.590_642_518e-2))
  q = vfma(q, r, vbroadcast(2.402_409_862e-1))
  q = vfma(q, r, vbroadcast(6.931_241_933e-1))
  return _mm512_scalef_ps(vfma(q, r, vbroadcast(1)), n)
}

/// The nearest whole numbers.
@inline(__always) private func vround(_ x: Vec) -> Vec {
  unsafeBitCast(Builtin.int_rint_Vec16xFPIEEE32(x._storage._value), to: Vec.self)
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
