import Tensor

/// Conversion between the elements of a checkpoint and fp32.
enum RowConversion {
  /// Converts `count` elements at `source`, at any alignment, to fp32 at `destination`.
  static func widen(
    _ source: UnsafeRawPointer, as dtype: DType, count: Int, into destination: UnsafeMutablePointer<Float>
  ) {
    switch dtype {
    case .fp32:
      UnsafeMutableRawPointer(destination).copyMemory(from: source, byteCount: count * 4)
    case .bf16:
      for index in 0..<count {
        let bits = source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
        destination[index] = Float(bitPattern: UInt32(bits) << 16)
      }
    case .fp16:
      for index in 0..<count {
        let bits = source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
        destination[index] = widenHalf(UInt32(bits))
      }
    }
  }

  /// Rounds `count` fp32 elements at `source` to `dtype` (to nearest, ties to even), dense at `destination`.
  static func narrow(
    _ source: UnsafePointer<Float>, to dtype: DType, count: Int, into destination: UnsafeMutableRawPointer
  ) {
    switch dtype {
    case .fp32:
      destination.copyMemory(from: source, byteCount: count * 4)
    case .bf16:
      for index in 0..<count {
        let bits = source[index].bitPattern
        let rounded = (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16
        // Rounding would carry a NaN's payload over into infinity or zero.
        let isNaN = bits & 0x7FFF_FFFF > 0x7F80_0000
        let result = isNaN ? bits >> 16 | 0x40 : rounded
        destination.storeBytes(of: UInt16(truncatingIfNeeded: result), toByteOffset: index * 2, as: UInt16.self)
      }
    case .fp16:
      for index in 0..<count {
        destination.storeBytes(of: Float16(source[index]).bitPattern, toByteOffset: index * 2, as: UInt16.self)
      }
    }
  }

  /// A half as a float, in integer operations and one multiplication that every lane of a vector can do: the baseline
  /// x86-64 has no conversion instruction and would call a function per element.
  @inline(__always)
  private static func widenHalf(_ bits: UInt32) -> Float {
    let magnitude = bits & 0x7FFF
    // The exponent's bias moves from 15 to 127; the product also makes subnormal halves normal.
    let scaled = (Float(bitPattern: magnitude << 13) * Float(sign: .plus, exponent: 112, significand: 1)).bitPattern
    let infinite: UInt32 = magnitude >= 0x7C00 ? 0x7F80_0000 : 0
    return Float(bitPattern: scaled | infinite | (bits & 0x8000) << 16)
  }
}
