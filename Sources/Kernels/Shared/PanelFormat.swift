// How a packed weight panel is laid out for each dtype, and how two steps along the depth are loaded from it.

/// A dtype's panel layout. Depths are even: an odd depth is padded with a zero step when packed.
protocol PanelFormat {
  associatedtype Arithmetic: TileArithmetic
  /// Bytes of two steps along the depth: 2 x panel width x element size.
  static var bytesPerPair: Int { get }
  /// Activation elements (four bytes each) that a row uses for two steps along the depth.
  static var elementsPerPair: Int { get }
  /// Two steps of `rows` activation rows at `a` against the panel at `b`.
  static func step(_ sums: inout TileSums, _ rows: Int, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer)
}

/// fp32, [depth][panel width].
enum FP32Panel: PanelFormat {
  typealias Arithmetic = FP32Arithmetic
  @inline(__always) static var bytesPerPair: Int { 2 * 2 * VectorSet.lanes * 4 }
  @inline(__always) static var elementsPerPair: Int { 2 }

  @inline(__always) static func step(
    _ sums: inout TileSums, _ rows: Int, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer
  ) {
    let weights = b.assumingMemoryBound(to: Float.self)
    sums.step(FP32Arithmetic.self, rows, a, vload(weights), vload(weights + VectorSet.lanes))
    sums.step(
      FP32Arithmetic.self, rows, a + 4 &* rows, vload(weights + 2 * VectorSet.lanes),
      vload(weights + 3 * VectorSet.lanes))
  }
}

/// bf16, [depth / 2][panel width][2]: the two values of a pair share a 32-bit lane, the even step in the low half.
/// Widening to fp32 is then one shift or one mask, with no shuffle, and where the hardware multiplies bf16 pairs the
/// very same bytes are its operand.
enum BF16Panel: PanelFormat {
  typealias Arithmetic = FP32Arithmetic
  @inline(__always) static var bytesPerPair: Int { 2 * 2 * VectorSet.lanes * 2 }
  @inline(__always) static var elementsPerPair: Int { 2 }

  @inline(__always) static func step(
    _ sums: inout TileSums, _ rows: Int, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer
  ) {
    let weights = b.assumingMemoryBound(to: Float.self)
    let u = vbits(vload(weights))
    let v = vbits(vload(weights + VectorSet.lanes))
    sums.step(FP32Arithmetic.self, rows, a, vfloat(u &<< 16), vfloat(v &<< 16))
    sums.step(FP32Arithmetic.self, rows, a + 4 &* rows, vfloat(u & 0xffff_0000), vfloat(v & 0xffff_0000))
  }
}

/// fp16, [depth][panel width].
enum FP16Panel: PanelFormat {
  typealias Arithmetic = FP32Arithmetic
  @inline(__always) static var bytesPerPair: Int { 2 * 2 * VectorSet.lanes * 2 }
  @inline(__always) static var elementsPerPair: Int { 2 }

  @inline(__always) static func step(
    _ sums: inout TileSums, _ rows: Int, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer
  ) {
    let weights = b.assumingMemoryBound(to: UInt16.self)
    sums.step(FP32Arithmetic.self, rows, a, vloadFP16(weights), vloadFP16(weights + VectorSet.lanes))
    sums.step(
      FP32Arithmetic.self, rows, a + 4 &* rows, vloadFP16(weights + 2 * VectorSet.lanes),
      vloadFP16(weights + 3 * VectorSet.lanes))
  }
}
