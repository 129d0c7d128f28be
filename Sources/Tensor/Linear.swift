import KernelInterface

/// y = x · Wᵀ and what follows it row by row, over packed operands.
public struct Linear {
  public let weights: PackedMatrix
  /// [columns], or `nil`.
  public let bias: UnsafePointer<Float>?

  /// A layer over weights and a bias that their owner keeps alive.
  public init(weights: PackedMatrix, bias: UnsafePointer<Float>?) {
    self.weights = weights
    self.bias = bias
  }

  /// What happens to a finished part of a row while it is in the cache.
  public enum Epilogue {
    case none
    /// Element by element, for instance an activation.
    case map(ElementwiseKernels.Map)
    /// Limits to ± this.
    case clamp(Float)
  }

  /// How far ahead of the multiplication a stream of weights is fetched, in bytes: far enough for memory's latency, and
  /// less than two pages of 4 KB, beyond which Zen 4 reads slower.
  static let streamDistance = 7 << 10

  /// Bytes of a panel that are multiplied against a row group at once: they stay in a 48 KB L1 cache beside the rows.
  /// Few row blocks use them so few times that it costs more to begin and end a tile than to read L2.
  static func stepBytes(rows: Int, _ kernels: KernelSet) -> Int {
    rows <= 8 * kernels.maximumTileRows ? 128 << 10 : 32 << 10
  }

  /// Floats from one row of results to the next: the columns with their padding. Rows at a multiple of 4 KB would share
  /// their cache sets, and a tile's rows push each other out, so such rows lie one panel further apart.
  public static func rowStride(columns: Int, panelWidth: Int) -> Int {
    let padded = (columns + panelWidth - 1) / panelWidth * panelWidth
    return padded + (padded % 1024 == 0 ? panelWidth : 0)
  }

  /// Multiplies this worker's share of the columns. All workers call it between the same two barriers.
  ///
  /// - Parameters:
  ///   - activations: packed for these weights, [rows].
  ///   - out: [rows][outStride]; `outStride` is at least the weights' padded columns.
  ///   - accumulate: adds to what is in `out` (a residual stream) instead of replacing it.
  public func apply(
    _ worker: Worker, _ kernels: KernelSet, _ activations: PackedActivations, rows: Int,
    out: UnsafeMutablePointer<Float>, outStride: Int, accumulate: Bool = false, epilogue: Epilogue = .none
  ) {
    // The rows of a single row block read each weight once.
    var schedule = PanelSchedule(
      panels: weights.panelCount, workers: worker.count, streams: rows <= kernels.maximumTileRows)
    var piece = schedule.piece(worker.index)
    while let panels = piece {
      // Claimed before it is needed, so that its weights are on their way when this piece is done.
      piece = schedule.piece(worker.count + worker.claim())
      multiply(kernels, activations, rows, panels, piece?.lowerBound, out, outStride, accumulate)
      finish(kernels, rows, panels, out, outStride, epilogue)
    }
  }

  /// - after: the panel that this worker multiplies next, if there is one.
  private func multiply(
    _ kernels: KernelSet, _ activations: PackedActivations, _ rows: Int, _ panels: Range<Int>, _ after: Int?,
    _ out: UnsafeMutablePointer<Float>, _ outStride: Int, _ accumulate: Bool
  ) {
    let kernel = weights.panelKernel(kernels)
    let depth = weights.paddedDepth
    let elementBytes = weights.takesBF16Pairs(kernels) ? 2 : 4
    let rowBytes = PackedActivations.rowBytes(paddedDepth: depth, elementBytes)
    let stepBytes = weights.panelWidth * weights.dtype.byteCount
    let maximumRows = PackedActivations.groupRows(rows, kernels)
    var first = 0
    while first < rows {
      let groupRows = min(maximumRows, rows - first)
      // One row block reads each weight once whatever the step: then the panel is streamed in one go.
      let streams = groupRows <= kernels.maximumTileRows
      let step = streams ? depth : max(2, (Linear.stepBytes(rows: groupRows, kernels) / stepBytes) & ~1)
      var k = 0
      while k < depth {
        let steps = min(step, depth - k)
        for panel in panels {
          // The part of the weights that comes after this one.
          var (nextPanel, nextStep) = (panel + 1, k)
          if nextPanel == panels.upperBound {
            nextStep = k + steps < depth ? k + steps : 0
            nextPanel = nextStep > 0 || first + groupRows < rows ? panels.lowerBound : after ?? panel
          }
          let ahead = (nextPanel - panel) * weights.panelBytes + (nextStep - k) * stepBytes
          kernel(
            activations.base + first * rowBytes, groupRows, rowBytes / elementBytes, k, steps,
            UnsafeRawPointer(weights.panel(panel) + k * stepBytes),
            out + first * outStride + panel * weights.panelWidth, outStride, accumulate || k > 0,
            streams ? Linear.streamDistance : ahead, nextStep)
        }
        k += steps
      }
      first += groupRows
    }
  }

  private func finish(
    _ kernels: KernelSet, _ rows: Int, _ panels: Range<Int>, _ out: UnsafeMutablePointer<Float>, _ outStride: Int,
    _ epilogue: Epilogue
  ) {
    let first = panels.lowerBound * weights.panelWidth
    let count = min(weights.columns, panels.upperBound * weights.panelWidth) - first
    for row in 0..<rows {
      let part = out + row * outStride + first
      if let bias { kernels.elementwise.add(part, bias + first, count) }
      switch epilogue {
      case .none: break
      case .map(let map): map(part, count)
      case .clamp(let limit): kernels.elementwise.clamp(part, limit, count)
      }
    }
  }
}
