extension PackedMatrix {
  /// Whether rows that are stored in `dtype` need no conversion on their way into a panel.
  ///
  /// An odd depth does not count: such panels have padding inside.
  public func takesStoredRows(of dtype: DType) -> Bool { dtype == self.dtype && depth % 2 == 0 }

  /// Packs rows that are stored in the matrix's own dtype as panel `index`: a transposition, with no detour over fp32.
  ///
  /// - Parameters:
  ///   - rows: [panel width] addresses of weight rows, dense [depth], at any alignment; `nil` is a row of zeros.
  /// - Returns: `false` when an element is NaN or infinite; the panel then holds what was stored all the same.
  public func pack(panel index: Int, storedRows rows: UnsafePointer<UnsafeRawPointer?>) -> Bool {
    precondition(index < panelCount && depth % 2 == 0, "panel \(index) of \(panelCount), depth \(depth)")
    switch dtype {
    // A pair of bf16 is one word of a panel as it is one of a row.
    case .bf16: return transposeWords(rows, into: panel(index), count: depth / 2, PairFlags.self)
    case .fp32: return transposeWords(rows, into: panel(index), count: depth, SingleFlags.self)
    case .fp16:
      let target = panel(index).assumingMemoryBound(to: UInt16.self)
      var found: UInt16 = 0
      for first in stride(from: 0, to: depth, by: 32) {
        found |= transpose(
          rows, columns: 0..<panelWidth, elements: first..<min(first + 32, depth), into: target, HalfFlags.self)
      }
      return found & HalfFlags.mask == 0
    }
  }

  /// Words [panel width][count] to [count][panel width], most of them in squares of four by four.
  @inline(__always)
  private func transposeWords<Flags: WordFlags>(
    _ rows: UnsafePointer<UnsafeRawPointer?>, into panel: UnsafeMutableRawPointer, count: Int, _ flags: Flags.Type
  ) -> Bool {
    let target = panel.assumingMemoryBound(to: UInt32.self)
    var found = SIMD4<UInt32>.zero
    // The lines of all rows that a stretch needs stay in the first-level cache, and the panel is written front to back.
    let stretch = 16
    for first in stride(from: 0, to: count, by: stretch) {
      let elements = first..<min(first + stretch, count)
      var column = 0
      while elements.count == stretch, column + 4 <= panelWidth, let a = rows[column], let b = rows[column + 1],
        let c = rows[column + 2], let d = rows[column + 3]
      {
        var line = UnsafeMutableRawPointer(target + (first &* panelWidth &+ column))
        for offset in stride(from: elements.lowerBound &* 4, to: elements.upperBound &* 4, by: 16) {
          let a = a.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt32>.self)
          let b = b.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt32>.self)
          let c = c.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt32>.self)
          let d = d.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt32>.self)
          found |= Flags.of(a) | Flags.of(b) | Flags.of(c) | Flags.of(d)
          line.storeBytes(of: SIMD4(a.x, b.x, c.x, d.x), as: SIMD4<UInt32>.self)
          line.storeBytes(of: SIMD4(a.y, b.y, c.y, d.y), toByteOffset: panelWidth &* 4, as: SIMD4<UInt32>.self)
          line.storeBytes(of: SIMD4(a.z, b.z, c.z, d.z), toByteOffset: panelWidth &* 8, as: SIMD4<UInt32>.self)
          line.storeBytes(of: SIMD4(a.w, b.w, c.w, d.w), toByteOffset: panelWidth &* 12, as: SIMD4<UInt32>.self)
          line += panelWidth &* 16
        }
        column += 4
      }
      found.x |= transpose(rows, columns: column..<panelWidth, elements: elements, into: target, flags)
    }
    return (found.x | found.y | found.z | found.w) & Flags.mask == 0
  }

  /// Turns some elements of some rows one by one.
  ///
  /// - target: the panel, [elements][panel width].
  /// - Returns: their flags.
  @inline(__always)
  private func transpose<Flags: NonFiniteFlags>(
    _ rows: UnsafePointer<UnsafeRawPointer?>, columns: Range<Int>, elements: Range<Int>,
    into target: UnsafeMutablePointer<Flags.Element>, _ flags: Flags.Type
  ) -> Flags.Element {
    var found: Flags.Element = 0
    for column in columns {
      guard let row = rows[column] else {
        for index in elements { target[index &* panelWidth &+ column] = 0 }
        continue
      }
      for index in elements {
        let element = row.loadUnaligned(
          fromByteOffset: index &* MemoryLayout<Flags.Element>.size, as: Flags.Element.self)
        found |= Flags.of(element)
        target[index &* panelWidth &+ column] = element
      }
    }
    return found
  }
}

/// Bits that tell whether a stored element holds a NaN or an infinity: an exponent of all ones, and no other, carries into
/// the place of the sign.
private protocol NonFiniteFlags {
  associatedtype Element: FixedWidthInteger
  static var mask: Element { get }
  static func of(_ element: Element) -> Element
}

/// The same for four words at once.
private protocol WordFlags: NonFiniteFlags where Element == UInt32 {
  static func of(_ words: SIMD4<UInt32>) -> SIMD4<UInt32>
}

private enum SingleFlags: WordFlags {
  static var mask: UInt32 { 0x8000_0000 }
  @inline(__always) static func of(_ word: UInt32) -> UInt32 { (word & 0x7FFF_FFFF) &+ 0x0080_0000 }
  @inline(__always) static func of(_ words: SIMD4<UInt32>) -> SIMD4<UInt32> { (words & 0x7FFF_FFFF) &+ 0x0080_0000 }
}

/// Two of bf16.
private enum PairFlags: WordFlags {
  static var mask: UInt32 { 0x8000_8000 }
  @inline(__always) static func of(_ word: UInt32) -> UInt32 { (word & 0x7FFF_7FFF) &+ 0x0080_0080 }
  @inline(__always) static func of(_ words: SIMD4<UInt32>) -> SIMD4<UInt32> { (words & 0x7FFF_7FFF) &+ 0x0080_0080 }
}

private enum HalfFlags: NonFiniteFlags {
  static var mask: UInt16 { 0x8000 }
  @inline(__always) static func of(_ half: UInt16) -> UInt16 { (half & 0x7FFF) &+ 0x0400 }
}
