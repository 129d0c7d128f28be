// The ladder from the loop of a textbook to a tile that keeps the multiply-add units busy: y = x · Wᵀ, with x [m][k], W
// [n][k] as a checkpoint holds it, and y [m][n].
//
// The same file is compiled twice, for the platform's baseline and for x86-64-v4, to show what the flags alone do.

/// Operands of one product. The packed ones are read by the last two rungs alone.
public struct LadderOperands {
  public let m: Int
  public let n: Int
  public let k: Int
  public let x: UnsafePointer<Float>
  public let w: UnsafePointer<Float>
  public let y: UnsafeMutablePointer<Float>
  /// x as blocks of 12 rows, each [k][12].
  public let rowBlocks: UnsafePointer<Float>
  /// W as panels of 32 columns of y, each [k][32].
  public let panels: UnsafePointer<Float>

  public init(
    m: Int, n: Int, k: Int, x: UnsafePointer<Float>, w: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>,
    rowBlocks: UnsafePointer<Float>, panels: UnsafePointer<Float>
  ) {
    self.m = m
    self.n = n
    self.k = k
    self.x = x
    self.w = w
    self.y = y
    self.rowBlocks = rowBlocks
    self.panels = panels
  }
}

private typealias Vector = SIMD16<Float>

@inline(__always) private func load(_ p: UnsafePointer<Float>) -> Vector {
  UnsafeRawPointer(p).loadUnaligned(as: Vector.self)
}

/// The sum of the lanes, in halves: `sum()` adds them one by one.
@inline(__always) private func total(_ a: Vector) -> Float {
  let eight = a.lowHalf + a.highHalf
  let four = eight.lowHalf + eight.highHalf
  let two = four.lowHalf + four.highHalf
  return two.x + two.y
}

/// Three loops over arrays.
@inline(never) public func ladderArrays(_ x: [Float], _ w: [Float], _ y: inout [Float], _ m: Int, _ n: Int, _ k: Int) {
  for row in 0..<m {
    for column in 0..<n {
      var sum: Float = 0
      for i in 0..<k { sum += x[row * k + i] * w[column * k + i] }
      y[row * n + column] = sum
    }
  }
}

/// The same over pointers: no bounds, no reference counts.
@inline(never) public func ladderPointers(_ o: LadderOperands) {
  for row in 0..<o.m {
    let x = o.x + row &* o.k
    for column in 0..<o.n {
      let w = o.w + column &* o.k
      var sum: Float = 0
      for i in 0..<o.k { sum += x[i] * w[i] }
      o.y[row &* o.n &+ column] = sum
    }
  }
}

/// Sixteen lanes, a multiplication and an addition.
@inline(never) public func ladderVector(_ o: LadderOperands) {
  for row in 0..<o.m {
    let x = o.x + row &* o.k
    for column in 0..<o.n {
      let w = o.w + column &* o.k
      var sum = Vector(repeating: 0)
      var i = 0
      while i < o.k {
        sum += load(x + i) * load(w + i)
        i &+= 16
      }
      o.y[row &* o.n &+ column] = total(sum)
    }
  }
}

/// Sixteen lanes, fused: one instruction where the target has it, sixteen calls of `fmaf` where it has not.
@inline(never) public func ladderFused(_ o: LadderOperands) {
  for row in 0..<o.m {
    let x = o.x + row &* o.k
    for column in 0..<o.n {
      let w = o.w + column &* o.k
      var sum = Vector(repeating: 0)
      var i = 0
      while i < o.k {
        sum = sum.addingProduct(load(x + i), load(w + i))
        i &+= 16
      }
      o.y[row &* o.n &+ column] = total(sum)
    }
  }
}

/// Eight columns at once: eight chains of additions instead of one, and a load of x for eight products.
@inline(never) public func ladderChains(_ o: LadderOperands) {
  for row in 0..<o.m {
    let x = o.x + row &* o.k
    for column in stride(from: 0, to: o.n, by: 8) {
      let w = o.w + column &* o.k
      var s0 = Vector(repeating: 0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0
      var i = 0
      while i < o.k {
        let a = load(x + i)
        s0 = s0.addingProduct(a, load(w + i))
        s1 = s1.addingProduct(a, load(w + (o.k &+ i)))
        s2 = s2.addingProduct(a, load(w + (2 &* o.k &+ i)))
        s3 = s3.addingProduct(a, load(w + (3 &* o.k &+ i)))
        s4 = s4.addingProduct(a, load(w + (4 &* o.k &+ i)))
        s5 = s5.addingProduct(a, load(w + (5 &* o.k &+ i)))
        s6 = s6.addingProduct(a, load(w + (6 &* o.k &+ i)))
        s7 = s7.addingProduct(a, load(w + (7 &* o.k &+ i)))
        i &+= 16
      }
      let y = o.y + (row &* o.n &+ column)
      (y[0], y[1], y[2], y[3]) = (total(s0), total(s1), total(s2), total(s3))
      (y[4], y[5], y[6], y[7]) = (total(s4), total(s5), total(s6), total(s7))
    }
  }
}

/// A tile of 12 rows and 32 columns over packed operands, its 24 sums in an array of fixed size.
@inline(never) public func ladderTileInArray(_ o: LadderOperands) {
  for column in stride(from: 0, to: o.n, by: 32) {
    let panel = o.panels + column &* o.k
    for row in stride(from: 0, to: o.m, by: 12) {
      let block = o.rowBlocks + row &* o.k
      var sums = InlineArray<24, Vector>(repeating: Vector(repeating: 0))
      for i in 0..<o.k {
        let u = load(panel + 32 &* i)
        let v = load(panel + (32 &* i &+ 16))
        for r in 0..<12 {
          let a = Vector(repeating: block[12 &* i &+ r])
          sums[2 &* r] = sums[2 &* r].addingProduct(a, u)
          sums[2 &* r &+ 1] = sums[2 &* r &+ 1].addingProduct(a, v)
        }
      }
      for r in 0..<12 {
        let y = UnsafeMutableRawPointer(o.y + ((row &+ r) &* o.n &+ column))
        y.storeBytes(of: sums[2 &* r], as: Vector.self)
        (y + 64).storeBytes(of: sums[2 &* r &+ 1], as: Vector.self)
      }
    }
  }
}

/// The same tile with a name for each sum.
@inline(never) public func ladderTile(_ o: LadderOperands) {
  for column in stride(from: 0, to: o.n, by: 32) {
    let panel = o.panels + column &* o.k
    for row in stride(from: 0, to: o.m, by: 12) {
      let block = o.rowBlocks + row &* o.k
      var sums = NamedSums()
      for i in 0..<o.k { sums.add(block + 12 &* i, load(panel + 32 &* i), load(panel + (32 &* i &+ 16))) }
      sums.store(o.y + (row &* o.n &+ column), o.n)
    }
  }
}

private struct NamedSums {
  var a0 = Vector(repeating: 0), a1 = Vector(repeating: 0), a2 = Vector(repeating: 0), a3 = Vector(repeating: 0)
  var a4 = Vector(repeating: 0), a5 = Vector(repeating: 0), a6 = Vector(repeating: 0), a7 = Vector(repeating: 0)
  var a8 = Vector(repeating: 0), a9 = Vector(repeating: 0), a10 = Vector(repeating: 0), a11 = Vector(repeating: 0)
  var b0 = Vector(repeating: 0), b1 = Vector(repeating: 0), b2 = Vector(repeating: 0), b3 = Vector(repeating: 0)
  var b4 = Vector(repeating: 0), b5 = Vector(repeating: 0), b6 = Vector(repeating: 0), b7 = Vector(repeating: 0)
  var b8 = Vector(repeating: 0), b9 = Vector(repeating: 0), b10 = Vector(repeating: 0), b11 = Vector(repeating: 0)

  @inline(__always) mutating func add(_ p: UnsafePointer<Float>, _ u: Vector, _ v: Vector) {
    NamedSums.row(p[0], u, v, &a0, &b0)
    NamedSums.row(p[1], u, v, &a1, &b1)
    NamedSums.row(p[2], u, v, &a2, &b2)
    NamedSums.row(p[3], u, v, &a3, &b3)
    NamedSums.row(p[4], u, v, &a4, &b4)
    NamedSums.row(p[5], u, v, &a5, &b5)
    NamedSums.row(p[6], u, v, &a6, &b6)
    NamedSums.row(p[7], u, v, &a7, &b7)
    NamedSums.row(p[8], u, v, &a8, &b8)
    NamedSums.row(p[9], u, v, &a9, &b9)
    NamedSums.row(p[10], u, v, &a10, &b10)
    NamedSums.row(p[11], u, v, &a11, &b11)
  }

  @inline(__always) private static func row(
    _ x: Float, _ u: Vector, _ v: Vector, _ a: inout Vector, _ b: inout Vector
  ) {
    let x = Vector(repeating: x)
    a = a.addingProduct(x, u)
    b = b.addingProduct(x, v)
  }

  @inline(__always) func store(_ y: UnsafeMutablePointer<Float>, _ stride: Int) {
    NamedSums.store(y, a0, b0)
    NamedSums.store(y + stride, a1, b1)
    NamedSums.store(y + 2 &* stride, a2, b2)
    NamedSums.store(y + 3 &* stride, a3, b3)
    NamedSums.store(y + 4 &* stride, a4, b4)
    NamedSums.store(y + 5 &* stride, a5, b5)
    NamedSums.store(y + 6 &* stride, a6, b6)
    NamedSums.store(y + 7 &* stride, a7, b7)
    NamedSums.store(y + 8 &* stride, a8, b8)
    NamedSums.store(y + 9 &* stride, a9, b9)
    NamedSums.store(y + 10 &* stride, a10, b10)
    NamedSums.store(y + 11 &* stride, a11, b11)
  }

  @inline(__always) private static func store(_ y: UnsafeMutablePointer<Float>, _ a: Vector, _ b: Vector) {
    UnsafeMutableRawPointer(y).storeBytes(of: a, as: Vector.self)
    UnsafeMutableRawPointer(y + 16).storeBytes(of: b, as: Vector.self)
  }
}
