/// Whether one of `count` finite floats rounds to infinity as fp16.
///
/// Costs one pass of integer operations over values that were just written and still lie in the cache.
func hasValueBeyondHalf(_ values: UnsafePointer<Float>, count: Int) -> Bool {
  // Half of the last place beyond the largest half, 65504, is where rounding goes up. Bits order as magnitudes do.
  let limit = (65520 as Float).bitPattern
  var largest: UInt32 = 0
  for index in 0..<count { largest = max(largest, values[index].bitPattern & 0x7FFF_FFFF) }
  return largest >= limit && largest < Float.infinity.bitPattern
}
