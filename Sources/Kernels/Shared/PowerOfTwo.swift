// Products with powers of two, for instruction sets that have no such instruction: sums in the exponents' bits.

/// y · 2ⁿ for |n| <= 126.
@inline(__always) func vscale(_ y: Vec, _ n: PowerOfTwo) -> Vec {
  // What the shifted value holds above n is shifted out.
  vmul(y, vfloat((vbits(n.shifted) &+ 127) &<< 23))
}

/// y · 2ⁿ for any n between -252 and 254: two factors, so that neither overflows for n = 128, where the product should,
/// nor is subnormal for n = -126.
@inline(__always) func vscaleAny(_ y: Vec, _ n: PowerOfTwo) -> Vec {
  let whole = vbits(n.shifted) &- Float(0x1.8p23).bitPattern
  let half = (whole &>> 1) | (whole & 0x8000_0000)
  return vmul(vmul(y, vfloat((half &+ 127) &<< 23)), vfloat((whole &- half &+ 127) &<< 23))
}
