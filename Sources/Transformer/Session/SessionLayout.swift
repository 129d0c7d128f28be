import KernelInterface
import Tensor

/// The sizes and places of everything that a session needs besides weights and cache, known before any of it exists.
struct SessionLayout {
  /// Rows of the largest forward pass: long prompts and large batches go through in chunks of this many tokens. At 512
  /// rows a product does 512 operations for each weight byte (bf16), far beyond any processor's balance.
  static let chunkRows = 512
  let rows: Int
  /// Floats from one row of the residual stream to the next.
  let modelStride: Int
  let qkvStride: Int
  let attentionStride: Int
  let hiddenStride: Int
  /// Where a hidden row's up projection begins, behind the gate.
  let upOffset: Int
  let vocabularyStride: Int
  /// Pairs of a head that are rotated.
  let rotaryPairs: Int
  /// Key positions that have a bias of their own for each head; 0 without such biases.
  let keyBiasStride: Int

  // Offsets in bytes.
  let residual: Int
  let qkv: Int
  let attention: Int
  let hidden: Int
  let packed: Int
  let logits: Int
  let cosines: Int
  let sines: Int
  let keyBiases: Int
  let workerScratch: Int
  let workerScratchBytes: Int
  let byteCount: Int

  /// Floats from the start of a worker's scratch to what attention uses of it. Packing uses what comes before.
  let scratchAttention: Int

  init(
    _ configuration: ModelConfiguration, attention kernel: Attention, kernels: KernelSet, batchSize: Int, capacity: Int,
    workers: Int
  ) {
    let width = kernels.panelWidth
    func panels(_ columns: Int) -> Int { (columns + width - 1) / width * width }
    func stride(_ columns: Int) -> Int { Linear.rowStride(columns: columns, panelWidth: width) }
    let c = configuration
    rows = min(SessionLayout.chunkRows, batchSize * capacity)
    let logitRows = batchSize
    modelStride = stride(c.modelWidth)
    qkvStride = stride(c.queryWidth + 2 * c.keyValueWidth)
    attentionStride = stride(c.queryWidth)
    let gated = c.feedForward == .glu
    upOffset = gated ? panels(c.feedForwardWidth) : 0
    hiddenStride = stride(upOffset + c.feedForwardWidth)
    vocabularyStride = panels(c.vocabularySize)
    if case .rotary(let rotary) = c.position { rotaryPairs = rotary.pairCount } else { rotaryPairs = 0 }

    var arena = Arena()
    residual = arena.reserve(rows * modelStride * 4)
    qkv = arena.reserve(rows * qkvStride * 4)
    attention = arena.reserve(rows * attentionStride * 4)
    // The hidden activations live between two uses of the attention buffers but may be wider.
    hidden = arena.reserve(rows * hiddenStride * 4)
    let depth = max(c.modelWidth, c.queryWidth, c.feedForwardWidth)
    packed = arena.reserve(PackedActivations.byteCount(rows: max(rows, logitRows), depth: depth))
    logits = arena.reserve(batchSize * vocabularyStride * 4)
    cosines = arena.reserve(rows * rotaryPairs * 4)
    sines = arena.reserve(rows * rotaryPairs * 4)
    keyBiasStride = c.scalesRoundedALiBi ? capacity : 0
    keyBiases = arena.reserve(c.headCount * keyBiasStride * 4)

    let packingBytes = (kernels.maximumTileRows * depth * 4 + 4095) & ~4095
    scratchAttention = packingBytes / 4
    workerScratchBytes = packingBytes + kernel.scratchByteCount
    workerScratch = arena.reserve(workers * workerScratchBytes, alignment: 4096)
    byteCount = arena.used
  }
}

extension Session {
  /// Tokens of the largest forward pass: each pass of a prefill streams the weights once for this many.
  public static var rowsPerPass: Int { SessionLayout.chunkRows }
}
