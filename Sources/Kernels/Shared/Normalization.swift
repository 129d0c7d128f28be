// LayerNorm and RMSNorm of one row.

/// See `NormalizationKernels.layer`.
func layerNorm(
  _ x: UnsafePointer<Float>, _ count: Int, _ epsilon: Float, _ weight: UnsafePointer<Float>,
  _ bias: UnsafePointer<Float>?, _ out: UnsafeMutablePointer<Float>
) {
  let mean = rowSum(x, count) / Float(count)
  let center = vbroadcast(mean)
  // The variance is summed about the mean in a second pass: E[x²] - E[x]² cancels.
  var s0 = vzero(), s1 = vzero()
  var i = 0
  while i &+ 2 &* VectorSet.lanes <= count {
    let a = vsub(vload(x + i), center)
    let b = vsub(vload(x + i + VectorSet.lanes), center)
    s0 = vfma(a, a, s0)
    s1 = vfma(b, b, s1)
    i &+= 2 &* VectorSet.lanes
  }
  var variance = vsum(vadd(s0, s1))
  while i < count {
    let a = x[i] - mean
    variance += a * a
    i &+= 1
  }
  let scale = 1 / (variance / Float(count) + epsilon).squareRoot()
  let factor = vbroadcast(scale)
  i = 0
  if let bias {
    while i &+ VectorSet.lanes <= count {
      let normal = vmul(vsub(vload(x + i), center), factor)
      vstore(out + i, vfma(normal, vload(weight + i), vload(bias + i)))
      i &+= VectorSet.lanes
    }
  } else {
    while i &+ VectorSet.lanes <= count {
      vstore(out + i, vmul(vmul(vsub(vload(x + i), center), factor), vload(weight + i)))
      i &+= VectorSet.lanes
    }
  }
  while i < count {
    out[i] = (x[i] - mean) * scale * weight[i] + (bias.map { $0[i] } ?? 0)
    i &+= 1
  }
}

/// See `NormalizationKernels.rootMeanSquare`.
func rmsNorm(
  _ x: UnsafePointer<Float>, _ count: Int, _ epsilon: Float, _ weight: UnsafePointer<Float>,
  _ out: UnsafeMutablePointer<Float>
) {
  var s0 = vzero(), s1 = vzero()
  var i = 0
  while i &+ 2 &* VectorSet.lanes <= count {
    let a = vload(x + i)
    let b = vload(x + i + VectorSet.lanes)
    s0 = vfma(a, a, s0)
    s1 = vfma(b, b, s1)
    i &+= 2 &* VectorSet.lanes
  }
  var squares = vsum(vadd(s0, s1))
  while i < count {
    squares += x[i] * x[i]
    i &+= 1
  }
  let scale = 1 / (squares / Float(count) + epsilon).squareRoot()
  let factor = vbroadcast(scale)
  i = 0
  while i &+ VectorSet.lanes <= count {
    vstore(out + i, vmul(vmul(vload(x + i), factor), vload(weight + i)))
    i &+= VectorSet.lanes
  }
  while i < count {
    out[i] = x[i] * scale * weight[i]
    i &+= 1
  }
}

/// The sum of a row, in four chains.
@inline(__always) func rowSum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
  var s0 = vzero(), s1 = vzero(), s2 = vzero(), s3 = vzero()
  var i = 0
  while i &+ 4 &* VectorSet.lanes <= count {
    s0 = vadd(s0, vload(x + i))
    s1 = vadd(s1, vload(x + i + VectorSet.lanes))
    s2 = vadd(s2, vload(x + i + 2 &* VectorSet.lanes))
    s3 = vadd(s3, vload(x + i + 3 &* VectorSet.lanes))
    i &+= 4 &* VectorSet.lanes
  }
  var sum = vsum(vadd(vadd(s0, s1), vadd(s2, s3)))
  while i < count {
    sum += x[i]
    i &+= 1
  }
  return sum
}
