// Between fp32 and the 16-bit formats, and into the packed layouts.

/// The upper 16 bits of each lane after rounding to nearest even; NaN stays NaN.
@inline(__always) func vroundToBF16(_ x: Vec) -> VecBits {
  let bits = vbits(x)
  let rounded = (bits &+ 0x7fff &+ ((bits &>> 16) & 1)) &>> 16
  let quiet = (bits &>> 16) | 0x40
  return rounded.replacing(with: quiet, where: (bits & 0x7fff_ffff) .> VecBits(repeating: 0x7f80_0000))
}

@inline(__always) func roundToBF16(_ x: Float) -> UInt16 {
  let bits = x.bitPattern
  if bits & 0x7fff_ffff > 0x7f80_0000 { return UInt16(truncatingIfNeeded: bits &>> 16) | 0x40 }
  return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ ((bits &>> 16) & 1)) &>> 16)
}

func bf16FromFP32(_ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<UInt16>, _ count: Int) {
  var i = 0
  while i &+ VectorSet.lanes <= count {
    vstoreLowHalves(out + i, vroundToBF16(vload(x + i)))
    i &+= VectorSet.lanes
  }
  while i < count {
    out[i] = roundToBF16(x[i])
    i &+= 1
  }
}

func fp32FromBF16(_ x: UnsafePointer<UInt16>, _ out: UnsafeMutablePointer<Float>, _ count: Int) {
  var i = 0
  while i &+ VectorSet.lanes <= count {
    vstore(out + i, vloadBF16(x + i))
    i &+= VectorSet.lanes
  }
  while i < count {
    out[i] = Float(bitPattern: UInt32(x[i]) &<< 16)
    i &+= 1
  }
}

func fp16FromFP32(_ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<UInt16>, _ count: Int) {
  var i = 0
  while i &+ VectorSet.lanes <= count {
    vstoreFP16(out + i, vload(x + i))
    i &+= VectorSet.lanes
  }
  if i < count {
    withUnsafeTemporaryAllocation(of: UInt16.self, capacity: VectorSet.lanes) { last in
      let rest = count &- i
      vstoreFP16(last.baseAddress!, vloadPartial(x + i, rest))
      for j in 0..<rest { out[i &+ j] = last[j] }
    }
  }
}

func fp32FromFP16(_ x: UnsafePointer<UInt16>, _ out: UnsafeMutablePointer<Float>, _ count: Int) {
  var i = 0
  while i &+ VectorSet.lanes <= count {
    vstore(out + i, vloadFP16(x + i))
    i &+= VectorSet.lanes
  }
  if i < count {
    withUnsafeTemporaryAllocation(of: UInt16.self, capacity: VectorSet.lanes) { last in
      let rest = count &- i
      for j in 0..<VectorSet.lanes { last[j] = j < rest ? x[i &+ j] : 0 }
      vstorePartial(out + i, vloadFP16(last.baseAddress!), rest)
    }
  }
}
