import Foundation
import Harness
import KernelInterface
import LadderBaseline
import Tensor

#if arch(x86_64)
  import LadderVector
#endif

/// The operands of the ladder's product, its true result and its clock.
final class LadderProduct {
  private let m: Int
  private let n: Int
  private let k: Int
  private let kernels: KernelSet
  private let storage: Storage
  private let x: UnsafeMutablePointer<Float>
  private let w: UnsafeMutablePointer<Float>
  private let y: UnsafeMutablePointer<Float>
  private let rowBlocks: UnsafeMutablePointer<Float>
  private let panels: UnsafeMutablePointer<Float>

  init(rows m: Int, columns n: Int, depth k: Int, kernels: KernelSet) throws {
    self.m = m
    self.n = n
    self.k = k
    self.kernels = kernels
    var arena = Arena()
    let places = [m * k, n * k, m * n, m * k, n * k].map { arena.reserve($0 * 4, alignment: 4096) }
    storage = try Storage(byteCount: arena.used)
    let pointers = places.map { [storage] in (storage.base + $0).assumingMemoryBound(to: Float.self) }
    (x, w, y, rowBlocks, panels) = (pointers[0], pointers[1], pointers[2], pointers[3], pointers[4])
    kernels.random.normal(1, 0, 1, x, m * k)
    kernels.random.normal(2, 0, 1, w, n * k)
    for row in 0..<m {
      for i in 0..<k { rowBlocks[row / 12 * 12 * k + i * 12 + row % 12] = x[row * k + i] }
    }
    for column in 0..<n {
      for i in 0..<k { panels[column / 32 * 32 * k + i * 32 + column % 32] = w[column * k + i] }
    }
  }

  var baselineOperands: LadderBaseline.LadderOperands {
    .init(m: m, n: n, k: k, x: x, w: w, y: y, rowBlocks: rowBlocks, panels: panels)
  }

  #if arch(x86_64)
    var vectorOperands: LadderVector.LadderOperands {
      .init(m: m, n: n, k: k, x: x, w: w, y: y, rowBlocks: rowBlocks, panels: panels)
    }
  #endif

  private lazy var arrays = (
    x: Array(UnsafeBufferPointer(start: x, count: m * k)), w: Array(UnsafeBufferPointer(start: w, count: n * k)),
    y: [Float](repeating: 0, count: m * n)
  )

  func withArrays(_ product: ([Float], [Float], inout [Float], Int, Int, Int) -> Void) {
    product(arrays.x, arrays.w, &arrays.y, m, n, k)
    y.update(from: arrays.y, count: m * n)
  }

  /// Operations a second of the best of `samples` calls, after one that warms up.
  func rate(_ samples: Int, _ product: (LadderProduct) -> Void) -> Double {
    y.update(repeating: .nan, count: m * n)
    product(self)
    return best(samples) { product(self) }
  }

  private func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }

  private func best(_ samples: Int, _ body: () -> Void) -> Double {
    var least = Double.infinity
    for _ in 0..<samples {
      least = min(least, seconds(ContinuousClock().measure(body)))
    }
    return 2 * Double(m) * Double(n) * Double(k) / least
  }

  /// Compares some of the last result with sums in Double.
  func check(_ rung: String) throws {
    for index in stride(from: 0, to: m * n, by: max(1, m * n / 997)) {
      let (row, column) = (index / n, index % n)
      var sum = 0.0
      for i in 0..<k { sum += Double(x[row * k + i]) * Double(w[column * k + i]) }
      // Products of unit normals: the error of a sum of k is far below this, a wrong element far above.
      guard abs(Double(y[index]) - sum) < 1e-3 * Double(k).squareRoot() else {
        throw WrongResult(rung: rung, row: row, column: column, got: y[index], expected: sum)
      }
    }
  }

  struct WrongResult: Error, CustomStringConvertible {
    let rung: String
    let row: Int
    let column: Int
    let got: Float
    let expected: Double
    var description: String { "\(rung): element [\(row)][\(column)] is \(got) instead of \(expected)" }
  }

  /// Operations a second of the engine's product, the packing of the activations included.
  func engineRate(_ samples: Int, dtype: DType, threads: Int) throws -> Double {
    let workers = Workers(threads: threads, kernels: kernels)
    let width = kernels.panelWidth
    let packedWeights = try Storage(
      byteCount: PackedMatrix.byteCount(columns: n, depth: k, dtype: dtype, panelWidth: width))
    let weights = PackedMatrix(
      dtype: dtype, arithmetic: dtype == .bf16 ? .bf16 : .fp32, columns: n, depth: k, panelWidth: width,
      base: packedWeights.base)
    for panel in 0..<weights.panelCount {
      let rows = min(width, n - panel * width)
      weights.pack(
        panel: panel, w + panel * width * k, rows: rows, kernels: kernels)
    }
    let scratchFloats = kernels.maximumTileRows * k
    let outStride = weights.paddedColumns + width
    var arena = Arena()
    let packedPlace = arena.reserve(PackedActivations.byteCount(rows: m, depth: k), alignment: 4096)
    let scratchPlace = arena.reserve(scratchFloats * threads * 4, alignment: 4096)
    let outPlace = arena.reserve(m * outStride * 4, alignment: 4096)
    let memory = try Storage(byteCount: arena.used)
    let base = memory.base
    let packed = PackedActivations(base: base + packedPlace)
    let linear = Linear(weights: weights, bias: nil)
    let (x, m, k, kernels) = (UnsafePointer(x), m, k, kernels)
    func multiply() {
      workers.run { worker in
        let scratch = (base + scratchPlace).assumingMemoryBound(to: Float.self) + worker.index * scratchFloats
        packed.pack(worker, kernels, rows: m, for: weights, scratch: scratch) { row, out in
          out.update(from: x + row * k, count: k)
        }
        worker.barrier()
        linear.apply(
          worker, kernels, packed, rows: m, out: (base + outPlace).assumingMemoryBound(to: Float.self),
          outStride: outStride)
      }
    }
    multiply()
    return best(samples * 4, multiply)
  }
}
