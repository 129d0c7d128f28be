// The vector type of the platform's baseline and every operation that the shared kernels use. Same names in each set.

import Builtin

/// Four fp32 lanes.
typealias Vec = SIMD4<Float>
typealias VecBits = SIMD4<UInt32>

enum VectorSet {
  static let lanes = 4
  #if arch(arm64)
    /// 24 accumulators of the 32 registers, as with AVX-512.
    static let tileRows = 12
  #else
    /// 4 rows x 2 vectors: SSE2 has 16 registers and needs one more for each product.
    static let tileRows = 4
  #endif
}

@inline(__always) func vzero() -> Vec { Vec(repeating: 0) }
@inline(__always) func vbroadcast(_ x: Float) -> Vec { Vec(repeating: x) }
@inline(__always) func vload(_ p: UnsafePointer<Float>) -> Vec { UnsafeRawPointer(p).loadUnaligned(as: Vec.self) }
@inline(__always) func vstore(_ p: UnsafeMutablePointer<Float>, _ x: Vec) {
  UnsafeMutableRawPointer(p).storeBytes(of: x, as: Vec.self)
}
@inline(__always) func vadd(_ a: Vec, _ b: Vec) -> Vec { a + b }
@inline(__always) func vsub(_ a: Vec, _ b: Vec) -> Vec { a - b }
@inline(__always) func vmul(_ a: Vec, _ b: Vec) -> Vec { a * b }
@inline(__always) func vdiv(_ a: Vec, _ b: Vec) -> Vec { a / b }
@inline(__always) func vmax(_ a: Vec, _ b: Vec) -> Vec { vselectLess(b, a, a, b) }
@inline(__always) func vmin(_ a: Vec, _ b: Vec) -> Vec { vselectLess(a, b, a, b) }
@inline(__always) func vsqrt(_ a: Vec) -> Vec {
  Vec(a[0].squareRoot(), a[1].squareRoot(), a[2].squareRoot(), a[3].squareRoot())
}
/// a · b + c
@inline(__always) func vfma(_ a: Vec, _ b: Vec, _ c: Vec) -> Vec {
  #if arch(arm64)
    c.addingProduct(a, b)
  #else
    // The baseline has no fused multiply-add: `addingProduct` would call fmaf for each lane.
    c + a * b
  #endif
}
@inline(__always) func vsum(_ a: Vec) -> Float { (a[0] + a[2]) + (a[1] + a[3]) }
@inline(__always) func vmaximum(_ a: Vec) -> Float {
  let x = a[0] > a[2] ? a[0] : a[2]
  let y = a[1] > a[3] ? a[1] : a[3]
  return x > y ? x : y
}

/// a < b ? x : y, lane by lane. The standard library's `replacing` is one operation for each lane until late in the
/// optimiser, and functions that use it are then too large to be inlined.
@inline(__always) func vselectLess(_ a: Vec, _ b: Vec, _ x: Vec, _ y: Vec) -> Vec {
  let less = Builtin.fcmp_olt_Vec4xFPIEEE32(a._storage._value, b._storage._value)
  return unsafeBitCast(
    Builtin.select_Vec4xInt1_Vec4xFPIEEE32(less, x._storage._value, y._storage._value), to: Vec.self)
}

@inline(__always) func vbits(_ a: Vec) -> VecBits { unsafeBitCast(a, to: VecBits.self) }
@inline(__always) func vfloat(_ a: VecBits) -> Vec { unsafeBitCast(a, to: Vec.self) }
/// Lanes as signed integers, converted to fp32.
@inline(__always) func vconvert(_ a: VecBits) -> Vec {
  Vec(
    Float(Int32(bitPattern: a[0])), Float(Int32(bitPattern: a[1])), Float(Int32(bitPattern: a[2])),
    Float(Int32(bitPattern: a[3])))
}

/// The first `count` (< 4) lanes; the others are 0.
@inline(__always) func vloadPartial(_ p: UnsafePointer<Float>, _ count: Int) -> Vec {
  Vec(count > 0 ? p[0] : 0, count > 1 ? p[1] : 0, count > 2 ? p[2] : 0, 0)
}
@inline(__always) func vstorePartial(_ p: UnsafeMutablePointer<Float>, _ x: Vec, _ count: Int) {
  if count > 0 { p[0] = x[0] }
  if count > 1 { p[1] = x[1] }
  if count > 2 { p[2] = x[2] }
}

/// Four consecutive bf16 values as fp32.
@inline(__always) func vloadBF16(_ p: UnsafePointer<UInt16>) -> Vec {
  vfloat(VecBits(UInt32(p[0]), UInt32(p[1]), UInt32(p[2]), UInt32(p[3])) &<< 16)
}
/// Four consecutive fp16 values as fp32: the exponent is rebased by a multiplication, which also takes subnormals
/// right, since the baseline has no instruction for it.
@inline(__always) func vloadFP16(_ p: UnsafePointer<UInt16>) -> Vec {
  let half = VecBits(UInt32(p[0]), UInt32(p[1]), UInt32(p[2]), UInt32(p[3]))
  let magnitude = (half & 0x7fff) &<< 13
  let rebased = vbits(vmul(vfloat(magnitude), vbroadcast(0x1p112)))
  let special = VecBits(repeating: 0x7f80_0000) | magnitude
  let value = rebased.replacing(with: special, where: magnitude .>= VecBits(repeating: 0x7c00 << 13))
  return vfloat(value | ((half & 0x8000) &<< 16))
}
/// Stores the low half of each lane as four consecutive 16-bit values.
@inline(__always) func vstoreLowHalves(_ p: UnsafeMutablePointer<UInt16>, _ x: VecBits) {
  p[0] = UInt16(truncatingIfNeeded: x[0])
  p[1] = UInt16(truncatingIfNeeded: x[1])
  p[2] = UInt16(truncatingIfNeeded: x[2])
  p[3] = UInt16(truncatingIfNeeded: x[3])
}
@inline(__always) func vstoreFP16(_ p: UnsafeMutablePointer<UInt16>, _ x: Vec) {
  p[0] = halfBits(x[0])
  p[1] = halfBits(x[1])
  p[2] = halfBits(x[2])
  p[3] = halfBits(x[3])
}
/// fp32 to fp16, to nearest even, subnormals kept, overflow to infinity.
@inline(__always) private func halfBits(_ x: Float) -> UInt16 {
  let bits = x.bitPattern
  let sign = UInt16(truncatingIfNeeded: (bits &>> 16) & 0x8000)
  let magnitude = bits & 0x7fff_ffff
  if magnitude > 0x7f80_0000 { return sign | 0x7e00 }
  // 65520 is the smallest value that rounds to infinity.
  if magnitude >= 0x477f_f000 { return sign | 0x7c00 }
  if magnitude < 0x3880_0000 {
    // Below 2^-14: adding 0.5 leaves the rounded subnormal in the low bits.
    return sign | UInt16(truncatingIfNeeded: (Float(bitPattern: magnitude) + 0.5).bitPattern &- 0x3f00_0000)
  }
  let rounded = magnitude &+ 0xfff &+ ((magnitude &>> 13) & 1) &- (112 << 23)
  return sign | UInt16(truncatingIfNeeded: rounded &>> 13)
}

/// Four rows as quads of columns: 128-bit part p of result c holds column 4p + c of the four.
@inline(__always) func vquads(_ r0: Vec, _ r1: Vec, _ r2: Vec, _ r3: Vec) -> (Vec, Vec, Vec, Vec) {
  (
    Vec(r0[0], r1[0], r2[0], r3[0]), Vec(r0[1], r1[1], r2[1], r3[1]), Vec(r0[2], r1[2], r2[2], r3[2]),
    Vec(r0[3], r1[3], r2[3], r3[3])
  )
}
/// The quads of four rows are their columns.
@inline(__always) func vjoin(_ a: Vec, _: Vec, _: Vec, _: Vec, _: Int) -> Vec { a }
/// The sum of the 128-bit parts.
@inline(__always) func vsumParts(_ a: Vec) -> SIMD4<Float> { a }
/// 128-bit part `index` of a vector.
@inline(__always) func vpart(_ a: Vec, _ index: Int) -> SIMD4<Float> { a }
