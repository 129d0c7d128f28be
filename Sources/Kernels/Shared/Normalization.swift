// LayerNorm and RMSNorm of one row.

/// See `NormalizationKernels.layer`.
func layerNorm(
  _ x: UnsafePointer<Float>, _ count: Int, _ epsilon: Float, _ weight: UnsafePointer<Float>,
  _ bias: UnsafePointer<Float>?, _ out: UnsafeMutablePointer<Float>
) {
  let mean = rowSum(x, count) / Float(count)
  let center = vbroadcast(mean)
  // Summed about the mean in a second pass: E[x²] - E[x]² cancels.
  let variance = squareSum(x, count, about: mean)
  let scale = 1 / (variance / Float(count) + epsilon).squareRoot()
  let factor = vbroadcast(scale)
  var i = 0
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
  let scale = 1 / (squareSum(x, count, about: 0) / Float(count) + epsilon).squareRoot()
  let factor = vbroadcast(scale)
  var i = 0
  while i &+ VectorSet.lanes <= count {
    vstore(out + i, vmul(vmul(vload(x + i), factor), vload(weight + i)))
    i &+= VectorSet.lanes
  }
  while i < count {
    out[i] = x[i] * scale * weight[i]
    i &+= 1
  }
}

/// Σ (xᵢ − center)², in four chains.
@inline(__always) private func squareSum(_ x: UnsafePointer<Float>, _ count: Int, about center: Float) -> Float {
  let mean = vbroadcast(center)
  var s0 = vzero(), s1 = vzero(), s2 = vzero(), s3 = vzero()
  var i = 0
  while i &+ 4 &* VectorSet.lanes <= count {
    let a = vsub(vload(x + i), mean)
    let b = vsub(vload(x + i + VectorSet.lanes), mean)
    let c = vsub(vload(x + i + 2 &* VectorSet.lanes), mean)
    let d = vsub(vload(x + i + 3 &* VectorSet.lanes), mean)
    (s0, s1, s2, s3) = (vfma(a, a, s0), vfma(b, b, s1), vfma(c, c, s2), vfma(d, d, s3))
    i &+= 4 &* VectorSet.lanes
  }
  while i &+ VectorSet.lanes <= count {
    let a = vsub(vload(x + i), mean)
    s0 = vfma(a, a, s0)
    i &+= VectorSet.lanes
  }
  var sum = vsum(vadd(vadd(s0, s1), vadd(s2, s3)))
  while i < count {
    let a = x[i] - center
    sum += a * a
    i &+= 1
  }
  return sum
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
  while i &+ VectorSet.lanes <= count {
    s0 = vadd(s0, vload(x + i))
    i &+= VectorSet.lanes
  }
  var sum = vsum(vadd(vadd(s0, s1), vadd(s2, s3)))
  while i < count {
    sum += x[i]
    i &+= 1
  }
  return sum
}
