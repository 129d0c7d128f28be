import Tensor
import Testing

@testable import Transformer

@Suite struct RowConversionTests {
  private func widen(_ bits: [UInt16], as dtype: DType) -> [Float] {
    var values = [Float](repeating: -1, count: bits.count)
    bits.withUnsafeBytes { RowConversion.widen($0.baseAddress!, as: dtype, count: bits.count, into: &values) }
    return values
  }

  private func narrow(_ values: [Float], to dtype: DType) -> [UInt16] {
    var bits = [UInt16](repeating: 0, count: values.count)
    bits.withUnsafeMutableBytes {
      RowConversion.narrow(values, to: dtype, count: values.count, into: $0.baseAddress!)
    }
    return bits
  }

  @Test("every fp16 pattern widens to the value that the hardware's conversion gives")
  func allHalves() {
    let patterns = Array(UInt16.min...UInt16.max)
    let values = widen(patterns, as: .fp16)
    let wrong = patterns.indices.filter { index in
      let expected = Float(Float16(bitPattern: patterns[index]))
      return expected.isNaN ? !values[index].isNaN : values[index].bitPattern != expected.bitPattern
    }
    #expect(wrong.isEmpty)
  }

  @Test("every bf16 pattern survives widening and narrowing", arguments: [DType.bf16, .fp16])
  func roundTrip(dtype: DType) {
    let patterns = Array(UInt16.min...UInt16.max).filter { !widen([$0], as: dtype)[0].isNaN }
    #expect(narrow(widen(patterns, as: dtype), to: dtype) == patterns)
  }

  @Test("narrowing to bf16 rounds to nearest, ties to even, and keeps NaN a NaN")
  func rounding() {
    func rounded(_ bits: UInt32) -> UInt16 { narrow([Float(bitPattern: bits)], to: .bf16)[0] }
    #expect(rounded(0x3F80_7FFF) == 0x3F80)
    #expect(rounded(0x3F80_8000) == 0x3F80)
    #expect(rounded(0x3F81_8000) == 0x3F82)
    #expect(rounded(0x3F80_8001) == 0x3F81)
    #expect(rounded(0x7F7F_FFFF) == 0x7F80)
    #expect(rounded(0xFF80_0000) == 0xFF80)
    #expect(widen([rounded(0x7F80_0001), rounded(0xFFFF_FFFF)], as: .bf16).allSatisfy { $0.isNaN })
  }

  @Test("rows at odd addresses convert too")
  func unaligned() {
    let bytes: [UInt8] = [0xFF] + floatBytes([1.5, -2]) + [0]
    var values: [Float] = [0, 0]
    bytes.withUnsafeBytes { RowConversion.widen($0.baseAddress! + 1, as: .fp32, count: 2, into: &values) }
    #expect(values == [1.5, -2])
    bytes.withUnsafeBytes { RowConversion.widen($0.baseAddress! + 3, as: .bf16, count: 1, into: &values) }
    #expect(values[0] == 1.5)
  }

  @Test("the first value that is not finite is found wherever it stands", arguments: [0, 1, 1023, 1024, 1025, 2999])
  func firstNonFiniteIndex(position: Int) {
    var values = [Float](repeating: -.greatestFiniteMagnitude, count: 3000)
    #expect(firstNonFinite(values, count: values.count) == nil)
    for bad in [Float.nan, .infinity, -.infinity, -.nan] {
      values[position] = bad
      values[2999] = bad
      #expect(firstNonFinite(values, count: values.count) == position)
      #expect(firstNonFinite(values, count: position) == nil)
      values[2999] = 0
    }
  }
}
