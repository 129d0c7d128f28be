extension PackedMatrix {
  /// Whether rows that are stored in `dtype` need no conversion on their way into a panel.
  ///
  /// An odd depth does not count: such panels have padding inside.
  public func takesStoredRows(of dtype: DType) -> Bool { dtype == self.dtype && depth % 2 == 0 }

  /// Packs rows that are stored in the matrix's own dtype as panel `index`: a transposition, with no detour over fp32.
  ///
  /// - rows: [panel width] addresses of weight rows, dense [depth], at any alignment; `nil` is a row of zeros.
  /// - Returns: `false` when an element is NaN or infinite; the panel then holds what was stored all the same.
  public func pack(panel index: Int, storedRows rows: UnsafePointer<UnsafeRawPointer?>) -> Bool {
    precondition(index < panelCount && depth % 2 == 0, "panel \(index) of \(panelCount), depth \(depth)")
    switch dtype {
    // A pair of bf16 is one word of a panel as it is one of a row.
    case .bf16: return transpose(rows, into: panel(index), count: depth / 2, flags: PairFlags.self)
    case .fp32: return transpose(rows, into: panel(index), count: depth, flags: SingleFlags.self)
    case .fp16: return transpose(rows, into: panel(index), count: depth, flags: HalfFlags.self)
    }
  }

  /// Words [panel width][count] to [count][panel width].
  @inline(__always)
  private func transpose<Flags: NonFiniteFlags>(
    _ rows: UnsafePointer<UnsafeRawPointer?>, into panel: UnsafeMutableRawPointer, count: Int, flags: Flags.Type
  ) -> Bool {
    let size = MemoryLayout<Flags.Word>.size
    let target = panel.assumingMemoryBound(to: Flags.Word.self)
    var found: Flags.Word = 0
    // The lines of all rows that a stretch needs stay in the first-level cache, and the panel is written front to back.
    let stretch = 64 / size
    for first in stride(from: 0, to: count, by: stretch) {
      let end = min(first + stretch, count)
      for column in 0..<panelWidth {
        guard let row = rows[column] else {
          for index in first..<end { target[index &* panelWidth &+ column] = 0 }
          continue
        }
        for index in first..<end {
          let word = row.loadUnaligned(fromByteOffset: index &* size, as: Flags.Word.self)
          found |= Flags.of(word)
          target[index &* panelWidth &+ column] = word
        }
      }
    }
    return found & Flags.mask == 0
  }
}

/// Bits that tell whether a stored word holds a NaN or an infinity: an exponent of all ones, and no other, carries into
/// the place of the sign.
private protocol NonFiniteFlags {
  associatedtype Word: FixedWidthInteger
  static var mask: Word { get }
  static func of(_ word: Word) -> Word
}

private enum SingleFlags: NonFiniteFlags {
  static var mask: UInt32 { 0x8000_0000 }
  @inline(__always) static func of(_ word: UInt32) -> UInt32 { (word & 0x7FFF_FFFF) &+ 0x0080_0000 }
}

/// Two of bf16.
private enum PairFlags: NonFiniteFlags {
  static var mask: UInt32 { 0x8000_8000 }
  @inline(__always) static func of(_ word: UInt32) -> UInt32 { (word & 0x7FFF_7FFF) &+ 0x0080_0080 }
}

private enum HalfFlags: NonFiniteFlags {
  static var mask: UInt16 { 0x8000 }
  @inline(__always) static func of(_ word: UInt16) -> UInt16 { (word & 0x7FFF) &+ 0x0400 }
}
