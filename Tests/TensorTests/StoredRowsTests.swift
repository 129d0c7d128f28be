import KernelInterface
import Tensor
import TestSupport
import Testing

@Suite("Panels of rows that are stored in the weights' dtype")
struct StoredRowsTests {
  /// The bytes of `values` in `dtype`, one byte off any alignment.
  private func stored(_ values: [Float], _ dtype: DType) -> [UInt8] {
    [0xAA]
      + values.flatMap { value -> [UInt8] in
        switch dtype {
        case .fp32: withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
        case .bf16: withUnsafeBytes(of: UInt16(value.bitPattern >> 16).littleEndian) { Array($0) }
        case .fp16: withUnsafeBytes(of: Float16(value).bitPattern.littleEndian) { Array($0) }
        }
      }
  }

  /// Panels of the last `columns` columns made both ways, and whether all was finite.
  private func pack(
    _ values: [Float], columns: Int, depth: Int, _ dtype: DType, _ kernels: KernelSet
  ) -> (direct: [UInt8], converted: [UInt8], isFinite: Bool) {
    let width = kernels.panelWidth
    let count = PackedMatrix.byteCount(columns: columns, depth: depth, dtype: dtype, panelWidth: width)
    let bytes = stored(values, dtype)
    var isFinite = true
    let results = [true, false].map { direct in
      [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        let matrix = PackedMatrix(
          dtype: dtype, arithmetic: .fp32, columns: columns, depth: depth, panelWidth: width,
          base: UnsafeMutableRawPointer(buffer.baseAddress!))
        for panel in 0..<matrix.panelCount {
          let first = panel * width
          let rows = min(width, columns - first)
          if direct {
            bytes.withUnsafeBytes { bytes in
              let addresses = (0..<width).map { row in
                row < rows ? bytes.baseAddress! + 1 + (first + row) * depth * dtype.byteCount : nil
              }
              isFinite = matrix.pack(panel: panel, storedRows: addresses) && isFinite
            }
          } else {
            values.withUnsafeBufferPointer {
              matrix.pack(panel: panel, $0.baseAddress! + first * depth, rows: rows, kernels: kernels)
            }
          }
        }
        initialized = count
      }
    }
    return (results[0], results[1], isFinite)
  }

  @Test("are the same bytes as those of converted rows", arguments: DType.allCases)
  func sameBytes(dtype: DType) {
    for kernels in InstructionSet.available {
      for (columns, depth) in [(1, 2), (3, 34), (kernels.panelWidth, 64), (2 * kernels.panelWidth + 5, 70)] {
        let values = (0..<columns * depth).map { Float($0 % 251 - 125) / 4 }
        let packed = pack(values, columns: columns, depth: depth, dtype, kernels)
        #expect(packed.direct == packed.converted, "\(kernels.name), \(columns) columns of \(depth)")
        #expect(packed.isFinite)
      }
    }
  }

  @Test("tell when one element is NaN or infinite, whichever it is", arguments: DType.allCases)
  func nonFinite(dtype: DType) {
    let kernels = InstructionSet.available[0]
    for value in [Float.nan, .infinity, -.infinity] {
      for position in [0, 1, 33, 67] {
        var values = [Float](repeating: -1, count: 2 * 34)
        values[position] = value
        #expect(!pack(values, columns: 2, depth: 34, dtype, kernels).isFinite)
      }
    }
    // The largest finite values are not mistaken.
    let largest: Float = dtype == .fp16 ? 65504 : Float(bitPattern: 0x7F7F_0000)
    let packed = pack(Array(repeating: -largest, count: 4), columns: 2, depth: 2, dtype, kernels)
    #expect(packed.isFinite)
  }
}
