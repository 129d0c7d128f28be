// One pass over a row, with the last, partial vector taken like the others.

/// x[i] = f(x[i])
@inline(__always) func mapRow(_ x: UnsafeMutablePointer<Float>, _ count: Int, _ f: (Vec) -> Vec) {
  var i = 0
  while i &+ VectorSet.lanes <= count {
    vstore(x + i, f(vload(x + i)))
    i &+= VectorSet.lanes
  }
  if i < count { vstorePartial(x + i, f(vloadPartial(x + i, count &- i)), count &- i) }
}

/// x[i] = f(x[i], y[i])
@inline(__always) func zipRow(
  _ x: UnsafeMutablePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int, _ f: (Vec, Vec) -> Vec
) {
  var i = 0
  while i &+ VectorSet.lanes <= count {
    vstore(x + i, f(vload(x + i), vload(y + i)))
    i &+= VectorSet.lanes
  }
  if i < count {
    let rest = count &- i
    vstorePartial(x + i, f(vloadPartial(x + i, rest), vloadPartial(y + i, rest)), rest)
  }
}
