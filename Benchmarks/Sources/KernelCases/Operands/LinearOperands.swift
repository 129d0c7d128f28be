import KernelInterface
import Tensor

/// A linear layer's weights, as many copies of them as no cache holds, with activations for up to `rows` rows.
final class LinearOperands {
  let copies: [PackedMatrix]
  private let context: KernelContext
  private let storage: Storage
  private let packed: PackedActivations
  private let activations: UnsafeMutablePointer<Float>  // [rows][depth]
  private let out: UnsafeMutablePointer<Float>  // [rows][row stride]
  private let scratch: UnsafeMutablePointer<Float>  // [threads][panel width][depth]
  private let scratchFloats: Int
  private var next = 0

  /// Where everything lies, in bytes.
  private struct Layout {
    var weights: Int
    var activations: Int
    var packed: Int
    var out: Int
    var scratch: Int
    var scratchFloats: Int
    var byteCount: Int

    init(_ layer: LinearShape, _ dtype: DType, copies: Int, rows: Int, threads: Int, _ kernels: KernelSet) {
      var arena = Arena()
      let width = kernels.panelWidth
      let matrix = PackedMatrix.byteCount(columns: layer.columns, depth: layer.depth, dtype: dtype, panelWidth: width)
      weights = arena.reserve(matrix * copies)
      activations = arena.reserve(rows * layer.depth * 4)
      packed = arena.reserve(PackedActivations.byteCount(rows: rows, depth: layer.depth))
      out = arena.reserve(rows * Linear.rowStride(columns: layer.columns, panelWidth: width) * 4)
      scratchFloats = width * layer.depth
      scratch = arena.reserve(threads * scratchFloats * 4)
      byteCount = arena.used
    }
  }

  /// Bytes that `init` takes.
  static func byteCount(
    _ layer: LinearShape, _ dtype: DType, copies: Int, rows: Int, threads: Int, _ kernels: KernelSet
  ) -> Int {
    Layout(layer, dtype, copies: copies, rows: rows, threads: threads, kernels).byteCount
  }

  init(
    _ layer: LinearShape, _ dtype: DType, copies: Int, rows: Int, threads: Int, _ context: KernelContext
  ) throws {
    let kernels = context.kernels
    let layout = Layout(layer, dtype, copies: copies, rows: rows, threads: threads, kernels)
    let storage = try Storage(byteCount: layout.byteCount)
    self.context = context
    self.storage = storage
    let base = storage.base
    func floats(_ offset: Int) -> UnsafeMutablePointer<Float> {
      (base + offset).assumingMemoryBound(to: Float.self)
    }
    activations = floats(layout.activations)
    out = floats(layout.out)
    packed = PackedActivations(base: base + layout.packed)
    scratch = floats(layout.scratch)
    scratchFloats = layout.scratchFloats
    let matrixBytes = PackedMatrix.byteCount(
      columns: layer.columns, depth: layer.depth, dtype: dtype, panelWidth: kernels.panelWidth)
    self.copies = (0..<copies).map { copy in
      PackedMatrix(
        dtype: dtype, arithmetic: dtype, columns: layer.columns, depth: layer.depth, panelWidth: kernels.panelWidth,
        base: base + layout.weights + copy * matrixBytes)
    }
    fill(rows: rows, threads: threads)
  }

  /// Random activations, and weights that every panel repeats: caches do not look at values.
  private func fill(rows: Int, threads: Int) {
    let (kernels, scratch, scratchFloats, copies, activations) =
      (context.kernels, scratch, scratchFloats, copies, activations)
    let depth = copies[0].depth
    let columns = copies[0].columns
    context.workers(threads).run { worker in
      let panelRows = scratch + worker.index * scratchFloats
      kernels.random.normal(UInt32(worker.index), 1, 0.02, panelRows, copies[0].panelWidth * depth)
      for panel in worker.share(of: copies[0].panelCount) {
        let width = copies[0].panelWidth
        for copy in copies {
          copy.pack(panel: panel, panelRows, rows: min(width, columns - panel * width), kernels: kernels)
        }
      }
      let share = worker.share(of: rows * depth)
      kernels.random.normal(UInt32(worker.index), 2, 1, activations + share.lowerBound, share.count)
    }
  }

  /// Packs `rows` rows of activations and multiplies them by the weights that were used longest ago, among `copies`.
  func multiply(rows: Int, copies used: Int, workers: Workers) {
    let weights = copies[next % used]
    next &+= 1
    let (kernels, packed, activations, out) = (context.kernels, packed, activations, out)
    let depth = weights.depth
    workers.run { worker in
      packed.pack(worker, kernels, rows: rows, for: weights, from: activations, stride: depth)
      worker.barrier()
      Linear(weights: weights, bias: nil).apply(
        worker, kernels, packed, rows: rows, out: out,
        outStride: Linear.rowStride(columns: weights.columns, panelWidth: weights.panelWidth))
    }
  }
}

/// A linear layer: y[columns] = W[columns, depth] · x[depth].
struct LinearShape: Equatable {
  var name: String
  var columns: Int
  var depth: Int

  /// Bytes of its weights as they are stored, without padding.
  func weightBytes(_ dtype: DType) -> Int { columns * depth * dtype.byteCount }
}
