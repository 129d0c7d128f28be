// The register tile that every matrix product here is made of: up to 12 rows of activations against one panel of
// two vectors of weights, with all sums held in registers.

/// How a tile multiplies: what one step along the depth loads of the weights and of the activations, and the sum.
///
/// An activation element is always four bytes: one fp32 value, or a pair of bf16 values that one instruction takes.
protocol TileArithmetic {
  /// One vector of weights, and one activation element repeated in all its lanes.
  associatedtype Operand
  static func load(_ weights: UnsafeRawPointer) -> Operand
  static func broadcast(_ activation: UnsafeRawPointer) -> Operand
  static func multiplyAdd(_ sum: Vec, _ activation: Operand, _ weights: Operand) -> Vec
}

/// fp32 products and sums.
enum FP32Arithmetic: TileArithmetic {
  @inline(__always) static func load(_ weights: UnsafeRawPointer) -> Vec {
    vload(weights.assumingMemoryBound(to: Float.self))
  }
  @inline(__always) static func broadcast(_ activation: UnsafeRawPointer) -> Vec {
    vbroadcast(activation.assumingMemoryBound(to: Float.self).pointee)
  }
  @inline(__always) static func multiplyAdd(_ sum: Vec, _ activation: Vec, _ weights: Vec) -> Vec {
    vfma(activation, weights, sum)
  }
}

/// The sums of a tile. They are separate fields, not an array, so that each stays in its register; a tile of fewer
/// rows leaves the others untouched and the optimiser removes them.
struct TileSums {
  var a0 = vzero(), a1 = vzero(), a2 = vzero(), a3 = vzero(), a4 = vzero(), a5 = vzero()
  var a6 = vzero(), a7 = vzero(), a8 = vzero(), a9 = vzero(), a10 = vzero(), a11 = vzero()
  var b0 = vzero(), b1 = vzero(), b2 = vzero(), b3 = vzero(), b4 = vzero(), b5 = vzero()
  var b6 = vzero(), b7 = vzero(), b8 = vzero(), b9 = vzero(), b10 = vzero(), b11 = vzero()

  @inline(__always) init() {}

  /// One step along the depth: `rows` activation elements, `stride` bytes apart from `p` on, times the two weight
  /// vectors `u` and `v`. Addresses are sums that an operand can hold, of four pointers and 0, 1 or 2 strides.
  @inline(__always) mutating func step<A: TileArithmetic>(
    _: A.Type, _ rows: Int, _ p: UnsafeRawPointer, _ u: A.Operand, _ v: A.Operand, stride: Int = 4
  ) {
    let q = p + 3 &* stride
    let r = p + 6 &* stride
    let s = p + 9 &* stride
    TileSums.row(A.self, rows > 0, p, u, v, &a0, &b0)
    TileSums.row(A.self, rows > 1, p + stride, u, v, &a1, &b1)
    TileSums.row(A.self, rows > 2, p + 2 &* stride, u, v, &a2, &b2)
    TileSums.row(A.self, rows > 3, q, u, v, &a3, &b3)
    TileSums.row(A.self, rows > 4, q + stride, u, v, &a4, &b4)
    TileSums.row(A.self, rows > 5, q + 2 &* stride, u, v, &a5, &b5)
    TileSums.row(A.self, rows > 6, r, u, v, &a6, &b6)
    TileSums.row(A.self, rows > 7, r + stride, u, v, &a7, &b7)
    TileSums.row(A.self, rows > 8, r + 2 &* stride, u, v, &a8, &b8)
    TileSums.row(A.self, rows > 9, s, u, v, &a9, &b9)
    TileSums.row(A.self, rows > 10, s + stride, u, v, &a10, &b10)
    TileSums.row(A.self, rows > 11, s + 2 &* stride, u, v, &a11, &b11)
  }

  @inline(__always) private static func row<A: TileArithmetic>(
    _: A.Type, _ present: Bool, _ p: UnsafeRawPointer, _ u: A.Operand, _ v: A.Operand, _ a: inout Vec, _ b: inout Vec
  ) {
    guard present else { return }
    let x = A.broadcast(p)
    a = A.multiplyAdd(a, x, u)
    b = A.multiplyAdd(b, x, v)
  }

  /// Adds another tile's sums to the first `rows` rows.
  @inline(__always) mutating func add(_ rows: Int, _ other: TileSums) {
    if rows > 0 { (a0, b0) = (vadd(a0, other.a0), vadd(b0, other.b0)) }
    if rows > 1 { (a1, b1) = (vadd(a1, other.a1), vadd(b1, other.b1)) }
    if rows > 2 { (a2, b2) = (vadd(a2, other.a2), vadd(b2, other.b2)) }
    if rows > 3 { (a3, b3) = (vadd(a3, other.a3), vadd(b3, other.b3)) }
  }

  /// Writes `rows` rows to `c`, or adds them to what is there.
  @inline(__always) func store(_ rows: Int, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ accumulate: Bool) {
    if accumulate {
      TileSums.row(rows > 0, c, 0, stride, a0, b0, true)
      TileSums.row(rows > 1, c, 1, stride, a1, b1, true)
      TileSums.row(rows > 2, c, 2, stride, a2, b2, true)
      TileSums.row(rows > 3, c, 3, stride, a3, b3, true)
      TileSums.row(rows > 4, c, 4, stride, a4, b4, true)
      TileSums.row(rows > 5, c, 5, stride, a5, b5, true)
      TileSums.row(rows > 6, c, 6, stride, a6, b6, true)
      TileSums.row(rows > 7, c, 7, stride, a7, b7, true)
      TileSums.row(rows > 8, c, 8, stride, a8, b8, true)
      TileSums.row(rows > 9, c, 9, stride, a9, b9, true)
      TileSums.row(rows > 10, c, 10, stride, a10, b10, true)
      TileSums.row(rows > 11, c, 11, stride, a11, b11, true)
    } else {
      TileSums.row(rows > 0, c, 0, stride, a0, b0, false)
      TileSums.row(rows > 1, c, 1, stride, a1, b1, false)
      TileSums.row(rows > 2, c, 2, stride, a2, b2, false)
      TileSums.row(rows > 3, c, 3, stride, a3, b3, false)
      TileSums.row(rows > 4, c, 4, stride, a4, b4, false)
      TileSums.row(rows > 5, c, 5, stride, a5, b5, false)
      TileSums.row(rows > 6, c, 6, stride, a6, b6, false)
      TileSums.row(rows > 7, c, 7, stride, a7, b7, false)
      TileSums.row(rows > 8, c, 8, stride, a8, b8, false)
      TileSums.row(rows > 9, c, 9, stride, a9, b9, false)
      TileSums.row(rows > 10, c, 10, stride, a10, b10, false)
      TileSums.row(rows > 11, c, 11, stride, a11, b11, false)
    }
  }

  /// Writes the second vector of `rows` rows to `c`.
  @inline(__always) func storeSecond(_ rows: Int, _ c: UnsafeMutablePointer<Float>, _ stride: Int) {
    let p = c + VectorSet.lanes
    if rows > 0 { vstore(p, b0) }
    if rows > 1 { vstore(p + stride, b1) }
    if rows > 2 { vstore(p + 2 &* stride, b2) }
    if rows > 3 { vstore(p + 3 &* stride, b3) }
    if rows > 4 { vstore(p + 4 &* stride, b4) }
    if rows > 5 { vstore(p + 5 &* stride, b5) }
    if rows > 6 { vstore(p + 6 &* stride, b6) }
    if rows > 7 { vstore(p + 7 &* stride, b7) }
    if rows > 8 { vstore(p + 8 &* stride, b8) }
    if rows > 9 { vstore(p + 9 &* stride, b9) }
    if rows > 10 { vstore(p + 10 &* stride, b10) }
    if rows > 11 { vstore(p + 11 &* stride, b11) }
  }

  @inline(__always) private static func row(
    _ present: Bool, _ c: UnsafeMutablePointer<Float>, _ index: Int, _ stride: Int, _ a: Vec, _ b: Vec,
    _ accumulate: Bool
  ) {
    guard present else { return }
    let p = c + index &* stride
    let q = p + VectorSet.lanes
    vstore(p, accumulate ? vadd(vload(p), a) : a)
    vstore(q, accumulate ? vadd(vload(q), b) : b)
  }
}

/// A number of rows as a type, so that a generic function is compiled for each.
protocol TileRows {
  static var count: Int { get }
}

enum Rows1: TileRows { @inline(__always) static var count: Int { 1 } }
enum Rows2: TileRows { @inline(__always) static var count: Int { 2 } }
enum Rows3: TileRows { @inline(__always) static var count: Int { 3 } }
enum Rows4: TileRows { @inline(__always) static var count: Int { 4 } }
enum Rows5: TileRows { @inline(__always) static var count: Int { 5 } }
enum Rows6: TileRows { @inline(__always) static var count: Int { 6 } }
enum Rows7: TileRows { @inline(__always) static var count: Int { 7 } }
enum Rows8: TileRows { @inline(__always) static var count: Int { 8 } }
enum Rows9: TileRows { @inline(__always) static var count: Int { 9 } }
enum Rows10: TileRows { @inline(__always) static var count: Int { 10 } }
enum Rows11: TileRows { @inline(__always) static var count: Int { 11 } }
enum Rows12: TileRows { @inline(__always) static var count: Int { 12 } }
