// The vector type of this instruction set and every instruction that the shared kernels use. Same names in each set.

import Builtin
import _Builtin_intrinsics.intel

/// Eight fp32 lanes.
typealias Vec = SIMD8<Float>
typealias VecBits = SIMD8<UInt32>

enum VectorSet {
  static let lanes = 8
  /// 6 rows x 2 vectors of accumulators leave four of the 16 registers for weights and broadcasts, and 12 chains
  /// cover the latency of the two multiply-add units (12 >= 2 x 4 cycles).
  static let tileRows = 6
}

@inline(__always) func vzero() -> Vec { _mm256_setzero_ps() }
@inline(__always) func vbroadcast(_ x: Float) -> Vec { _mm256_set1_ps(x) }
@inline(__always) func vload(_ p: UnsafePointer<Float>) -> Vec { _mm256_loadu_ps(p) }
@inline(__always) func vstore(_ p: UnsafeMutablePointer<Float>, _ x: Vec) { _mm256_storeu_ps(p, x) }
@inline(__always) func vadd(_ a: Vec, _ b: Vec) -> Vec { _mm256_add_ps(a, b) }
@inline(__always) func vsub(_ a: Vec, _ b: Vec) -> Vec { _mm256_sub_ps(a, b) }
@inline(__always) func vmul(_ a: Vec, _ b: Vec) -> Vec { _mm256_mul_ps(a, b) }
@inline(__always) func vdiv(_ a: Vec, _ b: Vec) -> Vec { _mm256_div_ps(a, b) }
@inline(__always) func vmax(_ a: Vec, _ b: Vec) -> Vec { _mm256_max_ps(a, b) }
@inline(__always) func vmin(_ a: Vec, _ b: Vec) -> Vec { _mm256_min_ps(a, b) }
@inline(__always) func vsqrt(_ a: Vec) -> Vec { _mm256_sqrt_ps(a) }
/// a · b + c
@inline(__always) func vfma(_ a: Vec, _ b: Vec, _ c: Vec) -> Vec { _mm256_fmadd_ps(a, b, c) }
@inline(__always) func vsum(_ a: Vec) -> Float {
  let four = _mm_add_ps(a.lowHalf, a.highHalf)
  let two = _mm_add_ps(four, _mm_movehl_ps(four, four))
  return two[0] + two[1]
}
@inline(__always) func vmaximum(_ a: Vec) -> Float {
  let four = _mm_max_ps(a.lowHalf, a.highHalf)
  let two = _mm_max_ps(four, _mm_movehl_ps(four, four))
  return two[0] > two[1] ? two[0] : two[1]
}

/// a < b ? x : y, lane by lane. The standard library's `replacing` is one operation for each lane until late in the
/// optimiser, and functions that use it are then too large to be inlined.
@inline(__always) func vselectLess(_ a: Vec, _ b: Vec, _ x: Vec, _ y: Vec) -> Vec {
  let less = Builtin.fcmp_olt_Vec8xFPIEEE32(a._storage._value, b._storage._value)
  return unsafeBitCast(
    Builtin.select_Vec8xInt1_Vec8xFPIEEE32(less, x._storage._value, y._storage._value), to: Vec.self)
}

@inline(__always) func vbits(_ a: Vec) -> VecBits { unsafeBitCast(a, to: VecBits.self) }
@inline(__always) func vfloat(_ a: VecBits) -> Vec { unsafeBitCast(a, to: Vec.self) }
/// Lanes as signed integers, converted to fp32.
@inline(__always) func vconvert(_ a: VecBits) -> Vec { _mm256_cvtepi32_ps(unsafeBitCast(a, to: __m256i.self)) }

/// The mask whose first `count` lanes are set.
@inline(__always) private func firstLanes(_ count: Int) -> __m256i {
  _mm256_cmpgt_epi32(_mm256_set1_epi32(Int32(truncatingIfNeeded: count)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
}
/// The first `count` (< 8) lanes; the others are 0.
@inline(__always) func vloadPartial(_ p: UnsafePointer<Float>, _ count: Int) -> Vec {
  _mm256_maskload_ps(p, firstLanes(count))
}
@inline(__always) func vstorePartial(_ p: UnsafeMutablePointer<Float>, _ x: Vec, _ count: Int) {
  _mm256_maskstore_ps(p, firstLanes(count), x)
}

/// Eight consecutive bf16 values as fp32.
@inline(__always) func vloadBF16(_ p: UnsafePointer<UInt16>) -> Vec {
  let raw = UnsafeRawPointer(p).loadUnaligned(as: __m128i.self)
  return unsafeBitCast(_mm256_slli_epi32(_mm256_cvtepu16_epi32(raw), 16), to: Vec.self)
}
/// Eight consecutive fp16 values as fp32.
@inline(__always) func vloadFP16(_ p: UnsafePointer<UInt16>) -> Vec {
  _mm256_cvtph_ps(UnsafeRawPointer(p).loadUnaligned(as: __m128i.self))
}
/// Stores the low half of each lane as eight consecutive 16-bit values; the high halves are 0.
@inline(__always) func vstoreLowHalves(_ p: UnsafeMutablePointer<UInt16>, _ x: VecBits) {
  let packed = _mm_packus_epi32(
    unsafeBitCast(x.lowHalf, to: __m128i.self), unsafeBitCast(x.highHalf, to: __m128i.self))
  UnsafeMutableRawPointer(p).storeBytes(of: packed, as: __m128i.self)
}
/// The standard library's conversion is a function outside the kernels, under one name for all instruction sets.
@inline(__always) func vstoreFP16(_ p: UnsafeMutablePointer<UInt16>, _ x: Vec) {
  UnsafeMutableRawPointer(p).storeBytes(
    of: unsafeBitCast(
      Builtin.fptrunc_Vec8xFPIEEE32_Vec8xFPIEEE16(x._storage._value), to: SIMD8<UInt16>.self),
    as: SIMD8<UInt16>.self)
}

/// Four rows as quads of columns: 128-bit part p of result c holds column 4p + c of the four.
@inline(__always) func vquads(_ r0: Vec, _ r1: Vec, _ r2: Vec, _ r3: Vec) -> (Vec, Vec, Vec, Vec) {
  let a = unsafeBitCast(_mm256_unpacklo_ps(r0, r1), to: __m256d.self)
  let b = unsafeBitCast(_mm256_unpackhi_ps(r0, r1), to: __m256d.self)
  let c = unsafeBitCast(_mm256_unpacklo_ps(r2, r3), to: __m256d.self)
  let d = unsafeBitCast(_mm256_unpackhi_ps(r2, r3), to: __m256d.self)
  return (
    unsafeBitCast(_mm256_unpacklo_pd(a, c), to: Vec.self), unsafeBitCast(_mm256_unpackhi_pd(a, c), to: Vec.self),
    unsafeBitCast(_mm256_unpacklo_pd(b, d), to: Vec.self), unsafeBitCast(_mm256_unpackhi_pd(b, d), to: Vec.self)
  )
}
/// 128-bit part `index` of the quads of eight rows, side by side: a column of them.
@inline(__always) func vjoin(_ a: Vec, _ b: Vec, _: Vec, _: Vec, _ index: Int) -> Vec {
  Vec(lowHalf: vpart(a, index), highHalf: vpart(b, index))
}
/// The sum of the 128-bit parts.
@inline(__always) func vsumParts(_ a: Vec) -> SIMD4<Float> {
  _mm_add_ps(a.lowHalf, a.highHalf)
}
/// 128-bit part `index` of a vector.
@inline(__always) func vpart(_ a: Vec, _ index: Int) -> SIMD4<Float> { index == 0 ? a.lowHalf : a.highHalf }
