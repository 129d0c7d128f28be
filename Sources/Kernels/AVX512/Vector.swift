// The vector type of this instruction set and every instruction that the shared kernels use. Same names in each set.

import Builtin
import _Builtin_intrinsics.intel

/// Sixteen fp32 lanes.
typealias Vec = SIMD16<Float>
typealias VecBits = SIMD16<UInt32>

enum VectorSet {
  static let lanes = 16
  /// 12 rows x 2 vectors of accumulators, two of weights and a broadcast fill 27 of the 32 registers, and 24 chains
  /// cover the latency of the two multiply-add units (24 >= 2 x 4 cycles).
  static let tileRows = 12
}

@inline(__always) func vzero() -> Vec { _mm512_setzero_ps() }
@inline(__always) func vbroadcast(_ x: Float) -> Vec { _mm512_set1_ps(x) }
@inline(__always) func vload(_ p: UnsafePointer<Float>) -> Vec { _mm512_loadu_ps(p) }
@inline(__always) func vstore(_ p: UnsafeMutablePointer<Float>, _ x: Vec) { _mm512_storeu_ps(p, x) }
@inline(__always) func vadd(_ a: Vec, _ b: Vec) -> Vec { _mm512_add_ps(a, b) }
@inline(__always) func vsub(_ a: Vec, _ b: Vec) -> Vec { _mm512_sub_ps(a, b) }
@inline(__always) func vmul(_ a: Vec, _ b: Vec) -> Vec { _mm512_mul_ps(a, b) }
@inline(__always) func vdiv(_ a: Vec, _ b: Vec) -> Vec { _mm512_div_ps(a, b) }
@inline(__always) func vmax(_ a: Vec, _ b: Vec) -> Vec { _mm512_max_ps(a, b) }
@inline(__always) func vmin(_ a: Vec, _ b: Vec) -> Vec { _mm512_min_ps(a, b) }
@inline(__always) func vsqrt(_ a: Vec) -> Vec { _mm512_sqrt_ps(a) }
/// a · b + c
@inline(__always) func vfma(_ a: Vec, _ b: Vec, _ c: Vec) -> Vec { _mm512_fmadd_ps(a, b, c) }
@inline(__always) func vsum(_ a: Vec) -> Float { _mm512_reduce_add_ps(a) }
@inline(__always) func vmaximum(_ a: Vec) -> Float { _mm512_reduce_max_ps(a) }

/// a < b ? x : y, lane by lane. The standard library's `replacing` is one operation for each lane until late in the
/// optimiser, and functions that use it are then too large to be inlined.
@inline(__always) func vselectLess(_ a: Vec, _ b: Vec, _ x: Vec, _ y: Vec) -> Vec {
  let less = Builtin.fcmp_olt_Vec16xFPIEEE32(a._storage._value, b._storage._value)
  return unsafeBitCast(
    Builtin.select_Vec16xInt1_Vec16xFPIEEE32(less, x._storage._value, y._storage._value), to: Vec.self)
}

@inline(__always) func vbits(_ a: Vec) -> VecBits { unsafeBitCast(a, to: VecBits.self) }
@inline(__always) func vfloat(_ a: VecBits) -> Vec { unsafeBitCast(a, to: Vec.self) }
/// Lanes as signed integers, converted to fp32.
@inline(__always) func vconvert(_ a: VecBits) -> Vec { _mm512_cvtepi32_ps(unsafeBitCast(a, to: __m512i.self)) }

/// y · 2ⁿ for |n| <= 126.
@inline(__always) func vscale(_ y: Vec, _ n: PowerOfTwo) -> Vec { _mm512_scalef_ps(y, n.value) }
/// y · 2ⁿ for any n.
@inline(__always) func vscaleAny(_ y: Vec, _ n: PowerOfTwo) -> Vec { _mm512_scalef_ps(y, n.value) }

/// The first `count` (< 16) lanes; the others are 0.
@inline(__always) func vloadPartial(_ p: UnsafePointer<Float>, _ count: Int) -> Vec {
  _mm512_maskz_loadu_ps(__mmask16(truncatingIfNeeded: (1 &<< count) &- 1), p)
}
@inline(__always) func vstorePartial(_ p: UnsafeMutablePointer<Float>, _ x: Vec, _ count: Int) {
  _mm512_mask_storeu_ps(p, __mmask16(truncatingIfNeeded: (1 &<< count) &- 1), x)
}

/// Sixteen consecutive bf16 values as fp32.
@inline(__always) func vloadBF16(_ p: UnsafePointer<UInt16>) -> Vec {
  let raw = UnsafeRawPointer(p).loadUnaligned(as: __m256i.self)
  return unsafeBitCast(_mm512_slli_epi32(_mm512_cvtepu16_epi32(raw), 16), to: Vec.self)
}
/// Sixteen consecutive fp16 values as fp32.
@inline(__always) func vloadFP16(_ p: UnsafePointer<UInt16>) -> Vec {
  _mm512_cvtph_ps(UnsafeRawPointer(p).loadUnaligned(as: __m256i.self))
}
/// Stores the low half of each lane as sixteen consecutive 16-bit values.
@inline(__always) func vstoreLowHalves(_ p: UnsafeMutablePointer<UInt16>, _ x: VecBits) {
  UnsafeMutableRawPointer(p).storeBytes(
    of: _mm512_cvtepi32_epi16(unsafeBitCast(x, to: __m512i.self)), as: __m256i.self)
}
/// The standard library's conversion is a function outside the kernels, under one name for all instruction sets.
@inline(__always) func vstoreFP16(_ p: UnsafeMutablePointer<UInt16>, _ x: Vec) {
  UnsafeMutableRawPointer(p).storeBytes(
    of: unsafeBitCast(
      Builtin.fptrunc_Vec16xFPIEEE32_Vec16xFPIEEE16(x._storage._value), to: SIMD16<UInt16>.self),
    as: SIMD16<UInt16>.self)
}

/// Four rows as quads of columns: 128-bit part p of result c holds column 4p + c of the four.
@inline(__always) func vquads(_ r0: Vec, _ r1: Vec, _ r2: Vec, _ r3: Vec) -> (Vec, Vec, Vec, Vec) {
  let a = unsafeBitCast(_mm512_unpacklo_ps(r0, r1), to: __m512d.self)
  let b = unsafeBitCast(_mm512_unpackhi_ps(r0, r1), to: __m512d.self)
  let c = unsafeBitCast(_mm512_unpacklo_ps(r2, r3), to: __m512d.self)
  let d = unsafeBitCast(_mm512_unpackhi_ps(r2, r3), to: __m512d.self)
  return (
    unsafeBitCast(_mm512_unpacklo_pd(a, c), to: Vec.self), unsafeBitCast(_mm512_unpackhi_pd(a, c), to: Vec.self),
    unsafeBitCast(_mm512_unpacklo_pd(b, d), to: Vec.self), unsafeBitCast(_mm512_unpackhi_pd(b, d), to: Vec.self)
  )
}
/// 128-bit part `index` of the quads of sixteen rows, side by side: a column of them.
@inline(__always) func vjoin(_ a: Vec, _ b: Vec, _ c: Vec, _ d: Vec, _ index: Int) -> Vec {
  Vec(
    lowHalf: SIMD8(lowHalf: vpart(a, index), highHalf: vpart(b, index)),
    highHalf: SIMD8(lowHalf: vpart(c, index), highHalf: vpart(d, index)))
}
/// The sum of the 128-bit parts.
@inline(__always) func vsumParts(_ a: Vec) -> SIMD4<Float> {
  let half = _mm256_add_ps(a.lowHalf, a.highHalf)
  return _mm_add_ps(half.lowHalf, half.highHalf)
}
/// 128-bit part `index` of a vector.
@inline(__always) func vpart(_ a: Vec, _ index: Int) -> SIMD4<Float> {
  let half = index & 2 == 0 ? a.lowHalf : a.highHalf
  return index & 1 == 0 ? half.lowHalf : half.highHalf
}
