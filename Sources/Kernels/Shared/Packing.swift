// Into the layouts that the tiles stream: weights into panels, activations into row blocks.

/// See `ConversionKernels.packPanel`: fp32 rows into one panel of fp32.
func packPanelFP32(
  _ weights: UnsafePointer<Float>, _ columns: Int, _ depth: Int, _ stride: Int, _ out: UnsafeMutableRawPointer
) {
  let width = 2 &* VectorSet.lanes
  let panel = out.assumingMemoryBound(to: Float.self)
  let steps = (depth &+ 1) & ~1
  for column in 0..<width {
    let row = weights + column &* stride
    for k in 0..<steps {
      panel[k &* width &+ column] = column < columns && k < depth ? row[k] : 0
    }
  }
}

/// See `ConversionKernels.packPanel`: fp32 rows into one panel of bf16 pairs, [depth / 2][width][2].
func packPanelBF16(
  _ weights: UnsafePointer<Float>, _ columns: Int, _ depth: Int, _ stride: Int, _ out: UnsafeMutableRawPointer
) {
  let width = 2 &* VectorSet.lanes
  let panel = out.assumingMemoryBound(to: UInt32.self)
  let pairs = (depth &+ 1) / 2
  for column in 0..<width {
    let row = weights + column &* stride
    guard column < columns else {
      for p in 0..<pairs { panel[p &* width &+ column] = 0 }
      continue
    }
    for p in 0..<(depth / 2) {
      panel[p &* width &+ column] =
        UInt32(roundToBF16(row[2 &* p])) | UInt32(roundToBF16(row[2 &* p &+ 1])) &<< 16
    }
    if depth & 1 != 0 { panel[(pairs &- 1) &* width &+ column] = UInt32(roundToBF16(row[depth &- 1])) }
  }
}

/// See `ConversionKernels.packPanel`: fp32 rows into one panel of fp16, [depth][width].
func packPanelFP16(
  _ weights: UnsafePointer<Float>, _ columns: Int, _ depth: Int, _ stride: Int, _ out: UnsafeMutableRawPointer
) {
  let width = 2 &* VectorSet.lanes
  let panel = out.assumingMemoryBound(to: UInt16.self)
  let steps = (depth &+ 1) & ~1
  withUnsafeTemporaryAllocation(of: UInt16.self, capacity: VectorSet.lanes) { converted in
    let halves = converted.baseAddress!
    for column in 0..<width {
      let row = weights + column &* stride
      var k = 0
      while k < steps {
        let count = column < columns ? min(VectorSet.lanes, depth &- k) : 0
        if count == VectorSet.lanes {
          vstoreFP16(halves, vload(row + k))
        } else {
          vstoreFP16(halves, count > 0 ? vloadPartial(row + k, count) : vzero())
        }
        let filled = min(VectorSet.lanes, steps &- k)
        for j in 0..<filled { panel[(k &+ j) &* width &+ column] = halves[j] }
        k &+= VectorSet.lanes
      }
    }
  }
}

/// See `ConversionKernels.unpackColumn`.
func unpackColumnFP32(
  _ panel: UnsafeRawPointer, _ column: Int, _ depth: Int, _ out: UnsafeMutablePointer<Float>
) {
  let width = 2 &* VectorSet.lanes
  let values = panel.assumingMemoryBound(to: Float.self) + column
  for k in 0..<depth { out[k] = values[k &* width] }
}

/// See `ConversionKernels.unpackColumn`.
func unpackColumnBF16(
  _ panel: UnsafeRawPointer, _ column: Int, _ depth: Int, _ out: UnsafeMutablePointer<Float>
) {
  let width = 2 &* VectorSet.lanes
  let pairs = panel.assumingMemoryBound(to: UInt32.self) + column
  for k in 0..<depth {
    let pair = pairs[(k &>> 1) &* width]
    out[k] = Float(bitPattern: k & 1 == 0 ? pair &<< 16 : pair & 0xffff_0000)
  }
}

/// See `ConversionKernels.unpackColumn`.
func unpackColumnFP16(
  _ panel: UnsafeRawPointer, _ column: Int, _ depth: Int, _ out: UnsafeMutablePointer<Float>
) {
  let width = 2 &* VectorSet.lanes
  let values = panel.assumingMemoryBound(to: UInt16.self) + column
  withUnsafeTemporaryAllocation(of: UInt16.self, capacity: VectorSet.lanes) { gathered in
    var k = 0
    while k < depth {
      let count = min(VectorSet.lanes, depth &- k)
      for j in 0..<VectorSet.lanes { gathered[j] = j < count ? values[(k &+ j) &* width] : 0 }
      let converted = vloadFP16(gathered.baseAddress!)
      if count == VectorSet.lanes { vstore(out + k, converted) } else { vstorePartial(out + k, converted, count) }
      k &+= VectorSet.lanes
    }
  }
}
