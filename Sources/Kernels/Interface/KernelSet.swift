/// The boundary between the kernels and everything above them: one table of plain C-convention functions for each
/// instruction set.
///
/// Every kernel runs on the calling thread, over raw pointers and counts, checks nothing and allocates nothing; what
/// it needs as scratch is passed in. Nothing vector-typed and nothing generic crosses this boundary, so a kernel's
/// instructions can never move into a caller that was compiled for a smaller instruction set.
///
/// Sizes are in elements unless a name says bytes. Matrices are row-major; a stride is the distance between rows.
public struct KernelSet: Sendable {
  /// The name by which the set is asked for: `portable`, `avx2`, `avx512` or `avx512bf16`.
  public var name: String
  /// The number of columns in one packed weight panel: two vectors of fp32.
  public var panelWidth: Int
  /// The largest number of activation rows that one register tile holds.
  public var maximumTileRows: Int

  public var matmul: MatmulKernels
  public var attention: AttentionKernels
  public var normalization: NormalizationKernels
  public var elementwise: ElementwiseKernels
  public var conversion: ConversionKernels
  public var random: RandomKernels
  public var probe: ProbeKernels

  public init(
    name: String, panelWidth: Int, maximumTileRows: Int, matmul: MatmulKernels, attention: AttentionKernels,
    normalization: NormalizationKernels, elementwise: ElementwiseKernels, conversion: ConversionKernels,
    random: RandomKernels, probe: ProbeKernels
  ) {
    self.name = name
    self.panelWidth = panelWidth
    self.maximumTileRows = maximumTileRows
    self.matmul = matmul
    self.attention = attention
    self.normalization = normalization
    self.elementwise = elementwise
    self.conversion = conversion
    self.random = random
    self.probe = probe
  }
}
