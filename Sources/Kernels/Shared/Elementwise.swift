// Element by element: activations, sums, clamping, soft caps, rotation, and the search for the largest.

func geluExact(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
  mapRow(x, count) { v in vgelu(v) }
}

func geluTanh(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
  mapRow(x, count) { v in
    let cubic = vfma(vmul(vmul(v, v), v), vbroadcast(0.044_715), v)
    let half = vmul(v, vbroadcast(0.5))
    return vfma(half, vtanh(vmul(cubic, vbroadcast(0.797_884_56))), half)
  }
}

func geluQuick(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
  mapRow(x, count) { v in
    vdiv(v, vadd(vbroadcast(1), vexp(vmul(v, vbroadcast(-1.702)))))
  }
}

func silu(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
  mapRow(x, count) { v in vdiv(v, vadd(vbroadcast(1), vexp(vsub(vzero(), v)))) }
}

func relu(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
  mapRow(x, count) { v in vmax(vzero(), v) }
}

func addRow(_ x: UnsafeMutablePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int) {
  zipRow(x, y, count) { a, b in vadd(a, b) }
}

func multiplyRow(_ x: UnsafeMutablePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int) {
  zipRow(x, y, count) { a, b in vmul(a, b) }
}

func scaleRow(_ x: UnsafeMutablePointer<Float>, _ factor: Float, _ count: Int) {
  let f = vbroadcast(factor)
  mapRow(x, count) { v in vmul(v, f) }
}

func scaledCopy(
  _ x: UnsafePointer<Float>, _ factor: Float, _ out: UnsafeMutablePointer<Float>, _ count: Int
) {
  let f = vbroadcast(factor)
  var i = 0
  while i &+ VectorSet.lanes <= count {
    vstore(out + i, vmul(vload(x + i), f))
    i &+= VectorSet.lanes
  }
  if i < count { vstorePartial(out + i, vmul(vloadPartial(x + i, count &- i), f), count &- i) }
}

func clampRow(_ x: UnsafeMutablePointer<Float>, _ limit: Float, _ count: Int) {
  let high = vbroadcast(limit)
  let low = vbroadcast(-limit)
  mapRow(x, count) { v in vmin(high, vmax(low, v)) }
}

func softcapRow(_ x: UnsafeMutablePointer<Float>, _ cap: Float, _ count: Int) {
  let factor = vbroadcast(cap)
  let inverse = vbroadcast(1 / cap)
  mapRow(x, count) { v in vmul(vtanh(vmul(v, inverse)), factor) }
}

/// See `ElementwiseKernels.rotate`.
func rotateHalves(
  _ x: UnsafeMutablePointer<Float>, _ cosines: UnsafePointer<Float>, _ sines: UnsafePointer<Float>, _ half: Int
) {
  let y = x + half
  var i = 0
  while i &+ VectorSet.lanes <= half {
    let a = vload(x + i), b = vload(y + i), c = vload(cosines + i), s = vload(sines + i)
    vstore(x + i, vsub(vmul(a, c), vmul(b, s)))
    vstore(y + i, vfma(b, c, vmul(a, s)))
    i &+= VectorSet.lanes
  }
  while i < half {
    let a = x[i], b = y[i]
    x[i] = a * cosines[i] - b * sines[i]
    y[i] = b * cosines[i] + a * sines[i]
    i &+= 1
  }
}

/// See `ElementwiseKernels.rotateNeighbours`.
func rotateNeighbours(
  _ x: UnsafeMutablePointer<Float>, _ cosines: UnsafePointer<Float>, _ sines: UnsafePointer<Float>, _ half: Int
) {
  for i in 0..<half {
    let a = x[2 &* i], b = x[2 &* i &+ 1]
    x[2 &* i] = a * cosines[i] - b * sines[i]
    x[2 &* i &+ 1] = b * cosines[i] + a * sines[i]
  }
}

/// See `ElementwiseKernels.indexOfMaximum`.
func indexOfMaximum(_ x: UnsafePointer<Float>, _ count: Int) -> Int {
  var best = vbroadcast(-.infinity)
  var i = 0
  while i &+ VectorSet.lanes <= count {
    best = vmax(vload(x + i), best)
    i &+= VectorSet.lanes
  }
  var maximum = vmaximum(best)
  while i < count {
    if x[i] > maximum { maximum = x[i] }
    i &+= 1
  }
  i = 0
  while i < count {
    if x[i] == maximum { return i }
    i &+= 1
  }
  return 0
}

/// See `ElementwiseKernels.softmax`.
func softmaxRow(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
  var best = vbroadcast(-.infinity)
  var i = 0
  while i &+ VectorSet.lanes <= count {
    best = vmax(vload(x + i), best)
    i &+= VectorSet.lanes
  }
  var maximum = vmaximum(best)
  while i < count {
    if x[i] > maximum { maximum = x[i] }
    i &+= 1
  }
  let shift = vbroadcast(maximum)
  var total = vzero()
  i = 0
  while i &+ VectorSet.lanes <= count {
    let e = vexpNonPositive(vsub(vload(x + i), shift))
    vstore(x + i, e)
    total = vadd(total, e)
    i &+= VectorSet.lanes
  }
  var sum = vsum(total)
  if i < count {
    let rest = count &- i
    vstorePartial(x + i, vexpNonPositive(vsub(vloadPartial(x + i, rest), shift)), rest)
    while i < count {
      sum += x[i]
      i &+= 1
    }
  }
  scaleRow(x, 1 / sum, count)
}
