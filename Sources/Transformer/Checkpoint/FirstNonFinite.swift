/// The index of the first NaN or infinity among `count` floats at `values`, or `nil`.
///
/// Costs one pass of integer operations over values that were just written and still lie in the cache.
func firstNonFinite(_ values: UnsafePointer<Float>, count: Int) -> Int? {
  // Blocks small enough for the first-level cache: only one with a hit is searched again.
  let blockSize = 1024
  for start in stride(from: 0, to: count, by: blockSize) {
    let end = min(start + blockSize, count)
    var signs: UInt32 = 0
    for index in start..<end {
      // An exponent of all ones, and no other, carries into the cleared sign bit.
      signs |= (values[index].bitPattern & 0x7FFF_FFFF) &+ 0x0080_0000
    }
    if signs & 0x8000_0000 != 0 {
      return (start..<end).first { !values[$0].isFinite }
    }
  }
  return nil
}
