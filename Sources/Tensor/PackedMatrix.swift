import KernelInterface

/// A weight matrix [columns, depth] (as linear layers store it: [out, in]) in the layout that every product streams
/// front to back: panel after panel of `panelWidth` columns, each with the whole depth.
///
/// fp32 and fp16 panels are [depth][width]; bf16 panels are [depth / 2][width][2]. An odd depth is padded with zeros,
/// and so are the columns of the last panel.
public struct PackedMatrix: @unchecked Sendable {
  /// As which the weights are stored.
  public let dtype: DType
  /// dtype of the products: bf16 where the hardware multiplies bf16 pairs, else fp32.
  public let arithmetic: DType
  /// Output features, without padding.
  public let columns: Int
  /// Input features, without padding.
  public let depth: Int
  /// Columns of a panel: those that a tile of the kernels computes at once.
  public let panelWidth: Int
  /// The first panel; the owner of the storage keeps it alive.
  public let base: UnsafeMutableRawPointer

  /// Depth with its padding.
  public var paddedDepth: Int { (depth + 1) & ~1 }
  /// Panels, the last one padded.
  public var panelCount: Int { (columns + panelWidth - 1) / panelWidth }
  /// Columns with those of the last panel's padding.
  public var paddedColumns: Int { panelCount * panelWidth }
  /// Bytes of a panel.
  public var panelBytes: Int { paddedDepth * panelWidth * dtype.byteCount }
  /// Bytes of all panels.
  public var byteCount: Int { panelCount * panelBytes }

  public init(
    dtype: DType, arithmetic: DType, columns: Int, depth: Int, panelWidth: Int, base: UnsafeMutableRawPointer
  ) {
    self.dtype = dtype
    self.arithmetic = arithmetic
    self.columns = columns
    self.depth = depth
    self.panelWidth = panelWidth
    self.base = base
  }

  /// Bytes of a matrix of this shape.
  public static func byteCount(columns: Int, depth: Int, dtype: DType, panelWidth: Int) -> Int {
    (columns + panelWidth - 1) / panelWidth * panelWidth * ((depth + 1) & ~1) * dtype.byteCount
  }

  func panel(_ index: Int) -> UnsafeMutableRawPointer { base + index * panelBytes }

  /// Packs `rows` (<= panel width) weight rows, dense fp32 [rows, depth], as panel `index`.
  public func pack(panel index: Int, _ weights: UnsafePointer<Float>, rows: Int, kernels: KernelSet) {
    precondition(index < panelCount && rows <= panelWidth, "panel \(index) of \(panelCount), \(rows) rows")
    let pack =
      switch dtype {
      case .fp32: kernels.conversion.packPanelFP32
      case .bf16: kernels.conversion.packPanelBF16
      case .fp16: kernels.conversion.packPanelFP16
      }
    pack(weights, rows, depth, depth, panel(index))
  }

  /// Copies weight row `row` (an embedding, say) as fp32 to `out`, [depth].
  public func unpack(row: Int, kernels: KernelSet, into out: UnsafeMutablePointer<Float>) {
    let unpack =
      switch dtype {
      case .fp32: kernels.conversion.unpackColumnFP32
      case .bf16: kernels.conversion.unpackColumnBF16
      case .fp16: kernels.conversion.unpackColumnFP16
      }
    unpack(panel(row / panelWidth), row % panelWidth, depth, out)
  }

  /// The one place that chooses a product's kernel.
  func panelKernel(_ kernels: KernelSet) -> MatmulKernels.Panel {
    switch dtype {
    case .fp32: kernels.matmul.fp32
    case .fp16: kernels.matmul.fp16
    case .bf16: arithmetic == .bf16 ? kernels.matmul.bf16Pairs ?? kernels.matmul.bf16 : kernels.matmul.bf16
    }
  }

  /// Whether activations are packed as bf16 pairs.
  func takesBF16Pairs(_ kernels: KernelSet) -> Bool {
    dtype == .bf16 && arithmetic == .bf16 && kernels.matmul.bf16Pairs != nil
  }
}
