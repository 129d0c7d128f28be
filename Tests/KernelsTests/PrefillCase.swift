import KernelInterface
import TestSupport
import Testing

/// An instruction set and the arithmetic of its prefill attention: fp32, or pairs of bf16 values.
struct PrefillCase: Sendable, CustomTestStringConvertible {
  let kernels: KernelSet
  let pairs: AttentionKernels.Pairs?

  var testDescription: String { "\(kernels.name) \(pairs == nil ? "fp32" : "bf16 pairs")" }

  static let all: [PrefillCase] = sets.flatMap { kernels in
    [PrefillCase(kernels: kernels, pairs: nil)]
      + (kernels.attention.pairs.map { [PrefillCase(kernels: kernels, pairs: $0)] } ?? [])
  }

  /// Values of a step along the depth of a product.
  var step: Int { pairs == nil ? 1 : 2 }
  /// Relative rounding of a probability.
  var probabilityError: Double { pairs == nil ? 0 : 0x1p-8 }
  var packQueries: AttentionKernels.PackQueries { pairs?.packQueries ?? kernels.attention.packQueries }
  var prefillBlock: AttentionKernels.PrefillBlock { pairs?.prefillBlock ?? kernels.attention.prefillBlock }

  /// What the products see of a value.
  func rounded(_ x: Float) -> Float { pairs == nil ? x : widenBF16(nearestBF16(x)) }

  /// The steps of a row, which has an even number of elements.
  func steps(_ row: [Float]) -> [Float] {
    if pairs == nil { return row }
    return stride(from: 0, to: row.count, by: 2).map { Self.pair(row[$0], row[$0 + 1]) }
  }

  /// Rows of values as `PrefillBlock` takes them, `valueStride` steps apart.
  func values(_ rows: ArraySlice<[Float]>, valueStride: Int) -> GuardedBuffer<Float> {
    let out = GuardedBuffer<Float>(count: (rows.count + step - 1) / step * valueStride, repeating: 0)
    guard let pairs else {
      for (index, row) in rows.enumerated() {
        for (i, value) in row.enumerated() { out[index * valueStride + i] = value }
      }
      return out
    }
    let width = (rows.first!.count + 15) / 16 * 16
    let stored = GuardedBuffer<UInt16>(count: rows.count * width, repeating: 0)
    for (index, row) in rows.enumerated() {
      for (i, value) in row.enumerated() { stored[index * width + i] = nearestBF16(value) }
    }
    pairs.pairRows(stored.base, rows.count, width, out.base, valueStride)
    return out
  }

  /// Two values rounded to bf16, the first in the low half.
  static func pair(_ even: Float, _ odd: Float) -> Float {
    Float(bitPattern: UInt32(nearestBF16(even)) | UInt32(nearestBF16(odd)) << 16)
  }
}
