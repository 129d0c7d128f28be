import KernelInterface
import TestSupport
import Testing

@Suite("Conversions")
struct ConversionTests {
  @Test("every bf16 pattern widens to its exact value", arguments: sets)
  func widenBF16Patterns(kernels: KernelSet) {
    let patterns = GuardedBuffer((0...UInt16.max).map { $0 })
    let out = GuardedBuffer<Float>(count: patterns.count, repeating: -1)
    kernels.conversion.fp32FromBF16(patterns.base, out.base, patterns.count)
    let wrong = (0..<patterns.count).filter { !same(out[$0], widenBF16(patterns[$0])) }
    #expect(wrong.isEmpty)
  }

  @Test("every fp16 pattern widens to its exact value, subnormals too", arguments: sets)
  func widenFP16Patterns(kernels: KernelSet) {
    let patterns = GuardedBuffer((0...UInt16.max).map { $0 })
    let out = GuardedBuffer<Float>(count: patterns.count, repeating: -1)
    kernels.conversion.fp32FromFP16(patterns.base, out.base, patterns.count)
    let wrong = (0..<patterns.count).filter { !same(out[$0], widenFP16(patterns[$0])) }
    #expect(wrong.isEmpty)
  }

  @Test("narrowing rounds to the nearest, ties to even, and keeps subnormals, infinities and NaN", arguments: sets)
  func narrow(kernels: KernelSet) {
    let values = GuardedBuffer(hardToRound())
    let bf16 = GuardedBuffer<UInt16>(count: values.count, repeating: 0x1234)
    let fp16 = GuardedBuffer<UInt16>(count: values.count, repeating: 0x1234)
    kernels.conversion.bf16FromFP32(values.base, bf16.base, values.count)
    kernels.conversion.fp16FromFP32(values.base, fp16.base, values.count)
    for index in 0..<values.count {
      let x = values[index]
      if x.isNaN {
        #expect(widenBF16(bf16[index]).isNaN && widenFP16(fp16[index]).isNaN, "bits \(x.bitPattern)")
      } else {
        #expect(bf16[index] == nearestBF16(x), "bf16 of \(x)")
        #expect(fp16[index] == nearestFP16(x), "fp16 of \(x)")
      }
    }
  }

  @Test("narrowing what was widened gives the pattern back", arguments: sets)
  func roundTrip(kernels: KernelSet) {
    let patterns = GuardedBuffer((0...UInt16.max).map { $0 })
    let wide = GuardedBuffer<Float>(count: patterns.count, repeating: 0)
    let narrow = GuardedBuffer<UInt16>(count: patterns.count, repeating: 0)
    kernels.conversion.fp32FromFP16(patterns.base, wide.base, patterns.count)
    kernels.conversion.fp16FromFP32(wide.base, narrow.base, patterns.count)
    #expect((0..<patterns.count).allSatisfy { wide[$0].isNaN || narrow[$0] == patterns[$0] })
    kernels.conversion.fp32FromBF16(patterns.base, wide.base, patterns.count)
    kernels.conversion.bf16FromFP32(wide.base, narrow.base, patterns.count)
    #expect((0..<patterns.count).allSatisfy { wide[$0].isNaN || narrow[$0] == patterns[$0] })
  }

  @Test("every count is converted in full and nothing beyond it", arguments: sets)
  func counts(kernels: KernelSet) {
    var random = TestRandom(2)
    for count in 0...70 {
      let values = GuardedBuffer(random.signed(count, scale: 100))
      let narrow = GuardedBuffer<UInt16>(count: count, repeating: 0)
      let wide = GuardedBuffer<Float>(count: count, repeating: 0)
      kernels.conversion.bf16FromFP32(values.base, narrow.base, count)
      #expect((0..<count).allSatisfy { narrow[$0] == nearestBF16(values[$0]) }, "bf16, \(count)")
      kernels.conversion.fp32FromBF16(narrow.base, wide.base, count)
      #expect((0..<count).allSatisfy { wide[$0] == widenBF16(narrow[$0]) }, "bf16, \(count)")
      kernels.conversion.fp16FromFP32(values.base, narrow.base, count)
      #expect((0..<count).allSatisfy { narrow[$0] == nearestFP16(values[$0]) }, "fp16, \(count)")
      kernels.conversion.fp32FromFP16(narrow.base, wide.base, count)
      #expect((0..<count).allSatisfy { wide[$0] == widenFP16(narrow[$0]) }, "fp16, \(count)")
    }
  }

  private func same(_ a: Float, _ b: Float) -> Bool { a.bitPattern == b.bitPattern || a.isNaN && b.isNaN }

  /// Values at and beside every border: numbers of both formats, the middles between them, and their neighbours.
  private func hardToRound() -> [Float] {
    var values: [Float] = [0, .infinity, .nan, .signalingNaN, .greatestFiniteMagnitude, 65504, 65519.996, 65520, 65536]
    values += [.leastNonzeroMagnitude, .leastNormalMagnitude, 0x1p-14, 0x1p-24, 0x1p-25, 0x1.8p-25, 0x1.8p-24]
    // NaNs whose payload lies only in the bits that are cut off.
    values += [Float(bitPattern: 0x7f80_0001), Float(bitPattern: 0x7fff_ffff)]
    for pattern in stride(from: UInt16(0), through: 0x7bff, by: 97) {
      let middle = (Double(widenFP16(pattern)) + Double(widenFP16(pattern + 1))) / 2
      if middle < 65520 { values += [Float(middle), Float(middle).nextUp, Float(middle).nextDown] }
    }
    for pattern in stride(from: UInt16(0), through: 0x7f7e, by: 89) {
      let middle = Float((Double(widenBF16(pattern)) + Double(widenBF16(pattern + 1))) / 2)
      values += [middle, middle.nextUp, middle.nextDown]
    }
    return values + values.map { -$0 }
  }
}
