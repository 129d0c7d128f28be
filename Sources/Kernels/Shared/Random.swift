// Normal deviates from a counter: the same bits whatever the instruction set or the number of threads.

/// A 32-bit mixer (three rounds of multiply and xor-shift, a bijection with full avalanche).
@inline(__always) private func mix(_ x: VecBits) -> VecBits {
  var h = x
  h ^= h &>> 17
  h = h &* 0xed5a_d4bb
  h ^= h &>> 11
  h = h &* 0xac4c_1b51
  h ^= h &>> 15
  h = h &* 0x3184_8bab
  h ^= h &>> 14
  return h
}

/// The two halves of a key, mixed (a bijection on 64 bits with full avalanche): neighbouring keys would else visit the
/// same counters in another order, and rows would hold the same deviates permuted.
@inline(__always) private func mixKey(_ low: UInt32, _ high: UInt32) -> (UInt32, UInt32) {
  var h = (UInt64(high) &<< 32 | UInt64(low)) &+ 0x9e37_79b9_7f4a_7c15
  h = (h ^ (h &>> 30)) &* 0xbf58_476d_1ce4_e5b9
  h = (h ^ (h &>> 27)) &* 0x94d0_49bb_1331_11eb
  h ^= h &>> 31
  return (UInt32(truncatingIfNeeded: h), UInt32(truncatingIfNeeded: h &>> 32))
}

/// See `RandomKernels.normal`.
///
/// Box and Muller's method: pair p of group g gives elements 32g + p (cosine) and 32g + 16 + p (sine). Products and
/// sums are rounded one by one so that no instruction set's fused operations change a bit.
func fillNormal(
  _ keyLow: UInt32, _ keyHigh: UInt32, _ standardDeviation: Float, _ out: UnsafeMutablePointer<Float>, _ count: Int
) {
  let (low, high) = mixKey(keyLow, keyHigh)
  withUnsafeTemporaryAllocation(of: Float.self, capacity: 32) { last in
    var ramp = VecBits(repeating: 0)
    for lane in 0..<VectorSet.lanes { ramp[lane] = UInt32(truncatingIfNeeded: lane) }
    var i = 0
    while i < count {
      let target = i &+ 32 <= count ? out + i : last.baseAddress!
      var pair = 0
      while pair < 16 {
        let counter = ramp &+ UInt32(truncatingIfNeeded: i / 2 &+ pair)
        let first = mix((counter &* 2) ^ low) &+ high
        let second = mix((counter &* 2 &+ 1) ^ low) &+ high
        normalPair(mix(first), mix(second), standardDeviation, target + pair, target + 16 + pair)
        pair &+= VectorSet.lanes
      }
      if i &+ 32 > count {
        for j in 0..<(count &- i) { out[i &+ j] = last[j] }
      }
      i &+= 32
    }
  }
}

/// sqrt(-2 ln u) · (cos 2πv, sin 2πv), u in (0, 1) and v in [0, 1) from the upper 24 bits.
@inline(__always) private func normalPair(
  _ first: VecBits, _ second: VecBits, _ scale: Float, _ cosine: UnsafeMutablePointer<Float>,
  _ sine: UnsafeMutablePointer<Float>
) {
  let u = vadd(vmul(vconvert(first &>> 8), vbroadcast(0x1p-24)), vbroadcast(0x1p-25))
  let radius = vmul(vsqrt(vmul(vlogUnfused(u), vbroadcast(-2))), vbroadcast(scale))
  // The upper three bits pick the octant; the rest is an angle in [-π/4, π/4) about a multiple of π/2.
  let rounded = (second &>> 8) &+ 0x20_0000
  let quadrant = rounded &>> 22
  let rest = vsub(vconvert(rounded & 0x3f_ffff), vbroadcast(0x1p21))
  let angle = vmul(rest, vbroadcast(1.570_796_33 * 0x1p-22))
  let square = vmul(angle, angle)
  // Taylor, |angle| <= π/4: 3e-7 and 4e-8 of the value.
  var s = vbroadcast(-1.984_127e-4)
  s = vadd(vmul(s, square), vbroadcast(8.333_333_3e-3))
  s = vadd(vmul(s, square), vbroadcast(-1.666_666_7e-1))
  s = vadd(vmul(vmul(s, square), angle), angle)
  var c = vbroadcast(2.480_158_7e-5)
  c = vadd(vmul(c, square), vbroadcast(-1.388_888_9e-3))
  c = vadd(vmul(c, square), vbroadcast(4.166_666_8e-2))
  c = vadd(vmul(c, square), vbroadcast(-0.5))
  c = vadd(vmul(c, square), vbroadcast(1))
  // Quadrants 0…4 (4 is 0 again): swap in odd ones, and take the signs from the quadrant's bits.
  let odd = VecBits(repeating: 0) &- (quadrant & 1)
  let swappedCosine = (vbits(c) & ~odd) | (vbits(s) & odd)
  let swappedSine = (vbits(s) & ~odd) | (vbits(c) & odd)
  let cosineSign = ((quadrant &+ 1) & 2) &<< 30
  let sineSign = (quadrant & 2) &<< 30
  vstore(cosine, vmul(radius, vfloat(swappedCosine ^ cosineSign)))
  vstore(sine, vmul(radius, vfloat(swappedSine ^ sineSign)))
}
