/// Between formats and into the packed layouts.
public struct ConversionKernels: Sendable {
  public typealias Narrow =
    @convention(c) (_ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<UInt16>, _ count: Int) -> Void
  public typealias Widen =
    @convention(c) (_ x: UnsafePointer<UInt16>, _ out: UnsafeMutablePointer<Float>, _ count: Int) -> Void
  /// Packs `columns` (<= panel width) fp32 weight rows of `depth` elements, `stride` apart, into one panel. Missing
  /// columns and the padding of an odd depth become 0.
  public typealias PackPanel =
    @convention(c) (
      _ weights: UnsafePointer<Float>, _ columns: Int, _ depth: Int, _ stride: Int, _ out: UnsafeMutableRawPointer
    ) -> Void
  /// Packs `rows` activation rows of `depth` elements, `stride` apart, into one row block [depth][rows]. An odd depth
  /// is padded with 0.
  public typealias PackRowBlock =
    @convention(c) (
      _ x: UnsafePointer<Float>, _ rows: Int, _ depth: Int, _ stride: Int, _ out: UnsafeMutableRawPointer
    ) -> Void
  /// Copies one column of a packed panel, a weight row of `depth` elements, as fp32.
  public typealias UnpackColumn =
    @convention(c) (_ panel: UnsafeRawPointer, _ column: Int, _ depth: Int, _ out: UnsafeMutablePointer<Float>) -> Void

  /// To nearest even; NaN stays NaN.
  public var bf16FromFP32: Narrow
  public var fp32FromBF16: Widen
  public var fp16FromFP32: Narrow
  public var fp32FromFP16: Widen
  public var packPanelFP32: PackPanel
  public var packPanelBF16: PackPanel
  public var packPanelFP16: PackPanel
  public var packRowBlockFP32: PackRowBlock
  /// Pairs along the depth, [depth / 2][rows][2], for `MatmulKernels.bf16Pairs`.
  public var packRowBlockBF16: PackRowBlock?
  public var unpackColumnFP32: UnpackColumn
  public var unpackColumnBF16: UnpackColumn
  public var unpackColumnFP16: UnpackColumn

  public init(
    bf16FromFP32: @escaping Narrow, fp32FromBF16: @escaping Widen, fp16FromFP32: @escaping Narrow,
    fp32FromFP16: @escaping Widen, packPanelFP32: @escaping PackPanel, packPanelBF16: @escaping PackPanel,
    packPanelFP16: @escaping PackPanel, packRowBlockFP32: @escaping PackRowBlock,
    packRowBlockBF16: PackRowBlock? = nil, unpackColumnFP32: @escaping UnpackColumn,
    unpackColumnBF16: @escaping UnpackColumn, unpackColumnFP16: @escaping UnpackColumn
  ) {
    self.bf16FromFP32 = bf16FromFP32
    self.fp32FromBF16 = fp32FromBF16
    self.fp16FromFP32 = fp16FromFP32
    self.fp32FromFP16 = fp32FromFP16
    self.packPanelFP32 = packPanelFP32
    self.packPanelBF16 = packPanelBF16
    self.packPanelFP16 = packPanelFP16
    self.packRowBlockFP32 = packRowBlockFP32
    self.packRowBlockBF16 = packRowBlockBF16
    self.unpackColumnFP32 = unpackColumnFP32
    self.unpackColumnBF16 = unpackColumnBF16
    self.unpackColumnFP16 = unpackColumnFP16
  }
}
