// exp, log, tanh and gelu on vectors: range reduction and polynomials.
//
// The polynomials are minimax fits made for this file (iteratively reweighted least squares on Chebyshev nodes); each
// line says the fitted function, its interval and the fit's error before rounding to fp32.
//
// `vmin` and `vmax` give their second operand when one is NaN: the argument stands there, so that NaN goes through.

/// eˣ, within 2 units in the last place; 0 below -87.3, ∞ above 88.7; NaN stays NaN.
///
/// x = n·ln 2 + r with |r| <= ln 2 / 2, and eʳ = 1 + r + r²·q(r).
@inline(__always) func vexp(_ x: Vec) -> Vec {
  let (y, n) = exponential(vmin(vbroadcast(89), vmax(vbroadcast(-87.336_54), x)))
  return vselectLess(x, vbroadcast(-87.336_54), vzero(), vscaleAny(y, n))
}

/// eˣ for x <= 0, as the probabilities of a softmax want it: with half the instructions beside the polynomial.
@inline(__always) func vexpNonPositive(_ x: Vec) -> Vec {
  let (y, n) = exponential(vmax(vbroadcast(-87.336_54), x))
  return vselectLess(x, vbroadcast(-87.336_54), vzero(), vscale(y, n))
}

/// A whole number n = `value`, and its value plus 1.5 · 2²³, which has n in its low bits.
struct PowerOfTwo {
  let value: Vec
  let shifted: Vec
}

/// eˣ = y · 2ⁿ for -87.4 < x < 89.1: y and n.
@inline(__always) private func exponential(_ x: Vec) -> (Vec, PowerOfTwo) {
  // Adding 1.5 · 2²³ rounds to the nearest integer.
  let shifter = vbroadcast(0x1.8p23)
  let shifted = vfma(x, vbroadcast(1.442_695_04), shifter)
  let n = vsub(shifted, shifter)
  // ln 2 in two parts: the first has few bits, so that n times it is exact.
  let r = vfma(n, vbroadcast(2.121_944_4e-4), vfma(n, vbroadcast(-0.693_359_375), x))
  // (eʳ - 1 - r) / r², |r| <= 0.35: 7e-8
  var q = vbroadcast(1.394_216_488e-3)
  q = vfma(q, r, vbroadcast(8.363_776_143e-3))
  q = vfma(q, r, vbroadcast(4.166_636_341e-2))
  q = vfma(q, r, vbroadcast(1.666_657_336e-1))
  q = vfma(q, r, vbroadcast(5.000_000_029e-1))
  let y = vadd(vfma(vmul(r, r), q, r), vbroadcast(1))
  return (y, PowerOfTwo(value: n, shifted: shifted))
}

/// 2ˣ for -126 <= x <= 0, within 2 units in the last place.
@inline(__always) private func vexp2(_ x: Vec) -> Vec {
  let shifter = vbroadcast(0x1.8p23)
  let shifted = vadd(x, shifter)
  let n = vsub(shifted, shifter)
  let r = vsub(x, n)
  // (2ʳ - 1) / r, |r| <= 0.5: 2e-9
  var q = vbroadcast(1.547_626_777e-4)
  q = vfma(q, r, vbroadcast(1.340_023_577e-3))
  q = vfma(q, r, vbroadcast(9.618_004_021e-3))
  q = vfma(q, r, vbroadcast(5.550_327_907e-2))
  q = vfma(q, r, vbroadcast(2.402_265_134e-1))
  q = vfma(q, r, vbroadcast(6.931_472_062e-1))
  return vscale(vfma(q, r, vbroadcast(1)), PowerOfTwo(value: n, shifted: shifted))
}

/// tanh x = 1 - 2 / (e²ˣ + 1), and an odd polynomial near 0, where that cancels.
@inline(__always) func vtanh(_ x: Vec) -> Vec {
  let limited = vmin(vbroadcast(9.1), vmax(vbroadcast(-9.1), x))
  let square = vmul(limited, limited)
  // Taylor: x - x³/3 + 2x⁵/15 - 17x⁷/315 + 62x⁹/2835, |x| < 0.2: 2e-9
  var p = vbroadcast(62.0 / 2835)
  p = vfma(p, square, vbroadcast(-17.0 / 315))
  p = vfma(p, square, vbroadcast(2.0 / 15))
  p = vfma(p, square, vbroadcast(-1.0 / 3))
  let small = vfma(vmul(limited, square), p, limited)
  let large = vsub(vbroadcast(1), vdiv(vbroadcast(2), vadd(vexp(vadd(limited, limited)), vbroadcast(1))))
  return vselectLess(square, vbroadcast(0.04), small, large)
}

/// x · Φ(x), the exact gelu: max(x, 0) − t · (1 − Φ(t)) with t = |x|, absolute error below 1.5e-7 · t.
///
/// 1 − Φ(t) is a power of two whose exponent is one polynomial, which needs no case of its own near 0: what is subtracted
/// there is half of x. Beyond 5.6 it is less than half a unit in the last place of x, and 0 here.
@inline(__always) func vgelu(_ x: Vec) -> Vec {
  let limit = vbroadcast(5.6)
  let t = vmin(limit, vfloat(vbits(x) & 0x7fff_ffff))
  // log₂(1 - Φ(t)), 0 <= t <= 5.6, error weighted by the root of 1 - Φ(t): 4.5e-8
  var p = vbroadcast(2.255_310_814e-7)
  p = vfma(p, t, vbroadcast(-5.136_648_535e-6))
  p = vfma(p, t, vbroadcast(4.714_005_048e-5))
  p = vfma(p, t, vbroadcast(-1.918_335_410e-4))
  p = vfma(p, t, vbroadcast(-1.602_942_866e-4))
  p = vfma(p, t, vbroadcast(7.121_603_199e-3))
  p = vfma(p, t, vbroadcast(-5.254_809_736e-2))
  p = vfma(p, t, vbroadcast(-4.591_885_794e-1))
  p = vfma(p, t, vbroadcast(-1.151_107_840))
  p = vfma(p, t, vbroadcast(-9.999_999_368e-1))
  let tail = vmul(t, vexp2(p))
  return vsub(vmax(vzero(), x), vselectLess(t, limit, tail, vzero()))
}

/// ln x for normal positive x, within 2 units in the last place.
///
/// Products and sums are rounded one by one (never fused): the random weights depend on it and are the same bits with
/// every instruction set. x = 2ᵉ·(1 + f), ln(1 + f) = f - f²/2 + f³·g(f).
@inline(__always) func vlogUnfused(_ x: Vec) -> Vec {
  // Subtracting the bits of sqrt(1/2) puts 1 + f between sqrt(1/2) and sqrt(2).
  let offset = vbits(x) &- 0x3f35_04f3
  let exponent = (offset &>> 23) | (VecBits(repeating: 0) &- ((offset &>> 31) &* 0x200))
  let f = vsub(vfloat((offset & 0x007f_ffff) &+ 0x3f35_04f3), vbroadcast(1))
  // (ln(1 + f) - f + f²/2) / f³: 2e-8
  var g = vbroadcast(7.332_529_230e-2)
  g = vadd(vmul(g, f), vbroadcast(-1.165_992_936e-1))
  g = vadd(vmul(g, f), vbroadcast(1.163_466_264e-1))
  g = vadd(vmul(g, f), vbroadcast(-1.239_670_043e-1))
  g = vadd(vmul(g, f), vbroadcast(1.425_115_561e-1))
  g = vadd(vmul(g, f), vbroadcast(-1.666_915_100e-1))
  g = vadd(vmul(g, f), vbroadcast(2.000_068_809e-1))
  g = vadd(vmul(g, f), vbroadcast(-2.499_998_119e-1))
  g = vadd(vmul(g, f), vbroadcast(3.333_333_126e-1))
  let square = vmul(f, f)
  let tail = vadd(vmul(vmul(square, f), g), vmul(square, vbroadcast(-0.5)))
  return vadd(vmul(vconvert(exponent), vbroadcast(0.693_147_18)), vadd(f, tail))
}
