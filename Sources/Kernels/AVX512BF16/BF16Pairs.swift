// What AVX-512 BF16 adds: products of bf16 pairs summed in fp32.

import KernelInterface
import _Builtin_intrinsics.intel

/// Pairs of bf16 values, 16 of them in a vector; sums in fp32.
enum BF16PairArithmetic: TileArithmetic {
  @inline(__always) static func load(_ weights: UnsafeRawPointer) -> SIMD32<Int16> {
    weights.loadUnaligned(as: SIMD32<Int16>.self)
  }
  @inline(__always) static func broadcast(_ activation: UnsafeRawPointer) -> SIMD32<Int16> {
    unsafeBitCast(
      _mm512_set1_epi32(activation.assumingMemoryBound(to: Int32.self).pointee), to: SIMD32<Int16>.self)
  }
  @inline(__always) static func multiplyAdd(_ sum: Vec, _ activation: SIMD32<Int16>, _ weights: SIMD32<Int16>) -> Vec {
    _mm512_dpbf16_ps(sum, activation, weights)
  }
}

/// The layout of `BF16Panel`, multiplied as it lies: one instruction for two steps along the depth.
enum BF16PairPanel: PanelFormat {
  typealias Arithmetic = BF16PairArithmetic
  @inline(__always) static var bytesPerPair: Int { 2 * 2 * VectorSet.lanes * 2 }
  @inline(__always) static var elementsPerPair: Int { 1 }

  @inline(__always) static func step(
    _ sums: inout TileSums, _ rows: Int, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer
  ) {
    sums.step(BF16PairArithmetic.self, rows, a, BF16PairArithmetic.load(b), BF16PairArithmetic.load(b + 64))
  }
}

func matmulPanelBF16Pairs(
  _ a: UnsafeRawPointer, _ rows: Int, _ depth: Int, _ firstStep: Int, _ steps: Int, _ b: UnsafeRawPointer,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ accumulate: Bool, _ ahead: Int,
  _ nextStep: Int
) {
  matmulPanel(BF16PairPanel.self, a, rows, depth, firstStep, steps, b, c, cStride, accumulate, ahead, nextStep)
}

/// See `ConversionKernels.packRowBlockBF16`.
func packRowBlockBF16(
  _ x: UnsafePointer<Float>, _ rows: Int, _ depth: Int, _ stride: Int, _ out: UnsafeMutableRawPointer
) {
  let block = out.assumingMemoryBound(to: UInt32.self)
  let lanes = out.assumingMemoryBound(to: Float.self)
  var pair = 0
  // Sixteen pairs in one vector; each goes to its own step.
  if rows == 1 {
    while 2 &* pair &+ 32 <= depth {
      vstore(lanes + pair, bf16Pairs(x + 2 &* pair))
      pair &+= 16
    }
  } else {
    // Whole fours write nothing beyond their columns.
    let end = rows % 4 == 0 ? depth : depth &- 1
    while 2 &* pair &+ 32 <= end {
      transposeVectors(rows, lanes + pair &* rows) { row in bf16Pairs(x + row &* stride + 2 &* pair) }
      pair &+= 16
    }
  }
  while 2 &* pair < depth {
    for row in 0..<rows {
      let source = x + row &* stride + 2 &* pair
      let high = 2 &* pair &+ 1 < depth ? UInt32(roundToBF16(source[1])) : 0
      block[pair &* rows &+ row] = UInt32(roundToBF16(source[0])) | high &<< 16
    }
    pair &+= 1
  }
}

/// 32 fp32 values as 16 pairs of bf16.
@inline(__always) private func bf16Pairs(_ x: UnsafePointer<Float>) -> Vec {
  unsafeBitCast(_mm512_cvtne2ps_pbh(vload(x + 16), vload(x)), to: Vec.self)
}

/// As many independent chains of pairs' products as a tile has sums; see `ProbeKernels.Peak`.
func peakBF16(_ iterations: Int) -> Float {
  var sums = TileSums()
  // Pairs of ones, in a way that the optimiser cannot know.
  let pair = Int32(0x3f80_3f80) | Int32(truncatingIfNeeded: iterations &>> 62)
  let x = unsafeBitCast(_mm512_set1_epi32(pair), to: SIMD32<Int16>.self)
  let w = SIMD32<Int16>(repeating: 0x3580)
  for _ in 0..<iterations { sums.multiplyAdd(BF16PairArithmetic.self, VectorSet.tileRows, x, w) }
  return sums.total(VectorSet.tileRows)
}

/// The AVX-512 kernels with native bf16 products.
public let avx512BF16Kernels: KernelSet = {
  var set = sharedKernelSet(name: "avx512bf16")
  set.matmul.bf16Pairs = matmulPanelBF16Pairs
  set.attention.pairs = AttentionKernels.Pairs(
    packQueries: attentionPackQueryPairs, prefillBlock: attentionPrefillBlockPairs, pairRows: pairRows)
  set.conversion.packRowBlockBF16 = packRowBlockBF16
  set.probe.peakBF16 = peakBF16
  set.probe.peakBF16OperationsPerIteration = 12 * 2 * 16 * 2 * 2
  return set
}()
