import KernelInterface

/// y = x · Wᵀ and what follows it row by row, over packed operands.
public struct Linear {
  public let weights: PackedMatrix
  /// [columns], or `nil`.
  public let bias: UnsafePointer<Float>?

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

  /// Bytes of a panel that are multiplied against a row group at once: they stay in a 48 KB L1 cache beside the rows.
  static let stepBytes = 32 << 10
  /// How far ahead of the multiplication a stream of weights is fetched, in bytes.
  static let streamDistance = 4096
  /// Panels whose sums for a row group are kept in L2 while the depth is walked: 12 x 32 columns x 264 rows.
  static let groupPanels = 12

  /// Multiplies this worker's share of the columns. All workers call it between the same two barriers.
  ///
  /// - activations: packed for these weights, [rows].
  /// - out: [rows][outStride]; `outStride` is at least the weights' padded columns.
  /// - accumulate: adds to what is in `out` (a residual stream) instead of replacing it.
  public func apply(
    _ worker: Worker, _ kernels: KernelSet, _ activations: PackedActivations, rows: Int,
    out: UnsafeMutablePointer<Float>, outStride: Int, accumulate: Bool = false, epilogue: Epilogue = .none
  ) {
    let panels = weights.panelCount
    // As many equal groups as there are workers, or a multiple.
    let rounds = max(1, (panels + worker.count * Linear.groupPanels - 1) / (worker.count * Linear.groupPanels))
    let groups = min(panels, worker.count * rounds)
    while true {
      let group = worker.claim()
      if group >= groups { return }
      let range = panels * group / groups..<panels * (group + 1) / groups
      multiply(kernels, activations, rows, range, out, outStride, accumulate)
      finish(kernels, rows, range, out, outStride, epilogue)
    }
  }

  private func multiply(
    _ kernels: KernelSet, _ activations: PackedActivations, _ rows: Int, _ panels: Range<Int>,
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
      let step = groupRows <= kernels.maximumTileRows ? depth : max(2, (Linear.stepBytes / stepBytes) & ~1)
      var k = 0
      repeat {
        let steps = min(step, depth - k)
        for panel in panels {
          let ahead = next(after: panel, panels, step: k, steps, depth, stepBytes, streams: step == depth)
          kernel(
            activations.base + first * rowBytes, groupRows, rowBytes / elementBytes, k, steps,
            UnsafeRawPointer(weights.panel(panel) + k * stepBytes),
            out + first * outStride + panel * weights.panelWidth, outStride, accumulate || k > 0, ahead)
        }
        k += steps
      } while k < depth
      first += groupRows
    }
  }

  /// Bytes from a part of a panel to what is multiplied after it. A panel that is streamed in one go is fetched a few
  /// lines ahead of the multiplication; else the next part, a whole one, is fetched during this one.
  private func next(
    after panel: Int, _ panels: Range<Int>, step k: Int, _ steps: Int, _ depth: Int, _ stepBytes: Int, streams: Bool
  ) -> Int {
    if streams { return Linear.streamDistance }
    if panel + 1 < panels.upperBound { return weights.panelBytes }
    if k + steps < depth { return (panels.lowerBound - panel) * weights.panelBytes + steps * stepBytes }
    return 0
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
