import KernelInterface
import TestSupport
import Testing

@Suite("Packing")
struct PackingTests {
  static let depths = [1, 2, 3, 31, 33, 64, 65]

  @Test("an fp32 panel is [depth][width], padded with zeros", arguments: sets)
  func panelFP32(kernels: KernelSet) {
    forEachShape(kernels) { columns, depth, weights, stride in
      let width = kernels.panelWidth
      let steps = (depth + 1) & ~1
      let panel = GuardedBuffer<Float>(count: steps * width, repeating: .nan)
      kernels.conversion.packPanelFP32(weights.base, columns, depth, stride, panel.base)
      for k in 0..<steps {
        for column in 0..<width {
          let expected = column < columns && k < depth ? weights[column * stride + k] : 0
          if panel[k * width + column] != expected { return false }
        }
      }
      return unpacks(kernels.conversion.unpackColumnFP32, panel.base, columns, depth) {
        $0
      } of: {
        weights[$0 * stride + $1]
      }
    }
  }

  @Test("a bf16 panel is [depth / 2][width][2], rounded to nearest, padded with zeros", arguments: sets)
  func panelBF16(kernels: KernelSet) {
    forEachShape(kernels) { columns, depth, weights, stride in
      let width = kernels.panelWidth
      let steps = (depth + 1) & ~1
      let panel = GuardedBuffer<UInt16>(count: steps * width, repeating: 0xffff)
      kernels.conversion.packPanelBF16(weights.base, columns, depth, stride, panel.base)
      for k in 0..<steps {
        for column in 0..<width {
          let expected = column < columns && k < depth ? nearestBF16(weights[column * stride + k]) : 0
          if panel[(k / 2 * width + column) * 2 + k % 2] != expected { return false }
        }
      }
      return unpacks(kernels.conversion.unpackColumnBF16, panel.base, columns, depth) {
        widenBF16(nearestBF16($0))
      } of: {
        weights[$0 * stride + $1]
      }
    }
  }

  @Test("an fp16 panel is [depth][width], rounded to nearest, padded with zeros", arguments: sets)
  func panelFP16(kernels: KernelSet) {
    forEachShape(kernels) { columns, depth, weights, stride in
      let width = kernels.panelWidth
      let steps = (depth + 1) & ~1
      let panel = GuardedBuffer<UInt16>(count: steps * width, repeating: 0xffff)
      kernels.conversion.packPanelFP16(weights.base, columns, depth, stride, panel.base)
      for k in 0..<steps {
        for column in 0..<width {
          let expected = column < columns && k < depth ? nearestFP16(weights[column * stride + k]) : 0
          if panel[k * width + column] != expected { return false }
        }
      }
      return unpacks(kernels.conversion.unpackColumnFP16, panel.base, columns, depth) {
        widenFP16(nearestFP16($0))
      } of: {
        weights[$0 * stride + $1]
      }
    }
  }

  @Test("a row block is [depth][rows], an odd depth padded with zeros", arguments: sets)
  func rowBlockFP32(kernels: KernelSet) {
    var random = TestRandom(5)
    for depth in PackingTests.depths {
      for rows in 1...kernels.maximumTileRows {
        let stride = depth + rows % 3
        let x = GuardedBuffer(random.signed((rows - 1) * stride + depth))
        let steps = (depth + 1) & ~1
        let block = GuardedBuffer<Float>(count: steps * rows, repeating: .nan)
        kernels.conversion.packRowBlockFP32(x.base, rows, depth, stride, block.base)
        let right = (0..<steps * rows).allSatisfy { index in
          let (k, row) = (index / rows, index % rows)
          return block[index] == (k < depth ? x[row * stride + k] : 0)
        }
        #expect(right, "\(rows) rows, depth \(depth)")
      }
    }
  }

  @Test("a bf16 row block is [depth / 2][rows][2], an odd depth padded with zeros", arguments: sets)
  func rowBlockBF16(kernels: KernelSet) {
    guard let pack = kernels.conversion.packRowBlockBF16 else { return }
    var random = TestRandom(6)
    for depth in PackingTests.depths {
      for rows in 1...kernels.maximumTileRows {
        let stride = depth + rows % 3
        let x = GuardedBuffer(random.signed((rows - 1) * stride + depth))
        let pairs = (depth + 1) / 2
        let block = GuardedBuffer<UInt16>(count: pairs * rows * 2, repeating: 0xffff)
        pack(x.base, rows, depth, stride, block.base)
        let right = (0..<pairs * rows * 2).allSatisfy { index in
          let (k, row) = (index / (rows * 2) * 2 + index % 2, index / 2 % rows)
          return block[index] == (k < depth ? nearestBF16(x[row * stride + k]) : 0)
        }
        #expect(right, "\(rows) rows, depth \(depth)")
      }
    }
  }

  /// Few and odd columns, odd depths, and rows that lie further apart than they are long.
  private func forEachShape(
    _ kernels: KernelSet,
    _ check: (_ columns: Int, _ depth: Int, _ weights: GuardedBuffer<Float>, _ stride: Int) -> Bool
  ) {
    var random = TestRandom(4)
    for depth in PackingTests.depths {
      for columns in Set([1, 2, 3, 5, kernels.panelWidth - 1, kernels.panelWidth]).sorted() {
        let stride = depth + columns % 2
        let weights = GuardedBuffer(random.signed((columns - 1) * stride + depth))
        #expect(check(columns, depth, weights, stride), "\(columns) columns, depth \(depth)")
      }
    }
  }

  private func unpacks(
    _ unpack: ConversionKernels.UnpackColumn, _ panel: UnsafeRawPointer, _ columns: Int, _ depth: Int,
    rounded: (Float) -> Float, of weight: (Int, Int) -> Float
  ) -> Bool {
    (0..<columns).allSatisfy { column in
      let out = GuardedBuffer<Float>(count: depth, repeating: .nan)
      unpack(panel, column, depth, out.base)
      return (0..<depth).allSatisfy { out[$0] == rounded(weight(column, $0)) }
    }
  }
}
