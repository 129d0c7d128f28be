// Rounding to the 16-bit formats, written for clarity: the oracle of the conversion kernels.

/// The bf16 number nearest to x, ties to even; NaN stays NaN.
public func nearestBF16(_ x: Float) -> UInt16 {
  if x.isNaN { return 0x7fc0 }
  let low = UInt16(truncatingIfNeeded: x.bitPattern >> 16)
  let lowValue = widenBF16(low)
  if lowValue == x { return low }
  // The neighbour away from zero; beyond the largest it is what a wider exponent would hold, 2¹²⁸.
  let high = low + 1
  let highMagnitude = widenBF16(high).isInfinite ? 0x1p128 : Double(abs(widenBF16(high)))
  let below = abs(Double(x)) - Double(abs(lowValue))
  let above = highMagnitude - abs(Double(x))
  if below != above { return below < above ? low : high }
  return low % 2 == 0 ? low : high
}

public func widenBF16(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

/// The fp16 number nearest to x, ties to even, found by halving; NaN stays NaN.
public func nearestFP16(_ x: Float) -> UInt16 {
  if x.isNaN { return 0x7e00 }
  let sign: UInt16 = x.sign == .minus ? 0x8000 : 0
  let magnitude = abs(Double(x))
  // 65520 lies halfway between the largest fp16 number and the next power of two.
  if magnitude >= 65520 { return sign | 0x7c00 }
  var low: UInt16 = 0
  var high: UInt16 = 0x7c00
  while high - low > 1 {
    let middle = (low + high) / 2
    if magnitudeFP16(middle) <= magnitude { low = middle } else { high = middle }
  }
  let below = magnitude - magnitudeFP16(low)
  let above = magnitudeFP16(high) - magnitude
  if below != above { return sign | (below < above ? low : high) }
  return sign | (low % 2 == 0 ? low : high)
}

/// An fp16 pattern's value, by the definition of the format.
public func widenFP16(_ bits: UInt16) -> Float {
  let magnitude = bits & 0x7fff
  if magnitude > 0x7c00 { return .nan }
  let value = magnitude == 0x7c00 ? Float.infinity : Float(magnitudeFP16(magnitude))
  return bits & 0x8000 != 0 ? -value : value
}

/// Value of a pattern without sign; the pattern of infinity counts as 2¹⁶.
private func magnitudeFP16(_ bits: UInt16) -> Double {
  let exponent = Int(bits >> 10)
  let fraction = Double(bits & 0x3ff) / 1024
  return exponent == 0
    ? fraction * 0x1p-14 : (1 + fraction) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
}
