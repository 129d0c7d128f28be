import KernelInterface
import TestSupport
import Testing

/// A cache's dtype: its kernel and its rounding.
struct DecodeCase: Sendable, CustomTestStringConvertible {
  let kernels: KernelSet
  let name: String
  let run: AttentionKernels.DecodeRun
  /// A value as the cache stores it; `nil` for fp32.
  let narrow: (@Sendable (Float) -> UInt16)?
  let widen: @Sendable (UInt16) -> Float

  var testDescription: String { "\(kernels.name) \(name)" }

  static let all: [DecodeCase] = sets.flatMap { kernels in
    [
      DecodeCase(kernels: kernels, name: "fp32", run: kernels.attention.decodeFP32, narrow: nil, widen: widenBF16),
      DecodeCase(
        kernels: kernels, name: "bf16", run: kernels.attention.decodeBF16, narrow: nearestBF16, widen: widenBF16),
      DecodeCase(
        kernels: kernels, name: "fp16", run: kernels.attention.decodeFP16, narrow: nearestFP16, widen: widenFP16),
    ]
  }

  func rounded(_ x: [Float]) -> [Float] { narrow.map { narrow in x.map { widen(narrow($0)) } } ?? x }

  /// Rows in the cache's dtype, `stride` elements apart, zero beyond their width.
  func store(_ rows: [[Float]], stride: Int) -> GuardedBuffer<UInt8> {
    let size = narrow == nil ? 4 : 2
    let buffer = GuardedBuffer<UInt8>(count: rows.count * stride * size, repeating: 0)
    let base = UnsafeMutableRawPointer(buffer.base)
    for (row, values) in rows.enumerated() {
      for (i, value) in values.enumerated() {
        let place = base + (row * stride + i) * size
        if let narrow {
          place.storeBytes(of: narrow(value), as: UInt16.self)
        } else {
          place.storeBytes(of: value, as: Float.self)
        }
      }
    }
    return buffer
  }
}

@Suite("Decode attention")
struct AttentionDecodeTests {
  @Test("one query agrees with softmax attention for 1 to 130 keys", arguments: DecodeCase.all)
  func keyCounts(test: DecodeCase) {
    for keyCount in Array(1...40) + [63, 64, 65, 127, 128, 129, 130, 259] {
      let kind = MaskKind.allCases[keyCount % MaskKind.allCases.count]
      let error = firstError(test, headWidth: 8, heads: 1, runs: [keyCount], position: keyCount - 1, kind: kind)
      #expect(error == nil, "\(keyCount) keys, \(kind)")
    }
  }

  @Test("every head width, group of heads and kind of mask agrees", arguments: DecodeCase.all)
  func shapes(test: DecodeCase) {
    for headWidth in [8, 12, 40, 64, 80, 128] {
      for heads in [1, 2, 4, 9] {
        for kind in MaskKind.allCases {
          let error = firstError(test, headWidth: headWidth, heads: heads, runs: [19], position: 18, kind: kind)
          #expect(error == nil, "head width \(headWidth), \(heads) heads, \(kind)")
        }
      }
    }
  }

  @Test("runs in sequence agree with all keys at once", arguments: DecodeCase.all)
  func runs(test: DecodeCase) {
    for runs in [[1, 1], [3, 130], [128, 5], [40, 1, 40], [131, 7, 2], [300, 40]] {
      for kind in MaskKind.allCases {
        for heads in [2, 5] {
          let last = runs.reduce(0, +) - 1
          let error = firstError(test, headWidth: 12, heads: heads, runs: runs, position: last, kind: kind)
          #expect(error == nil, "runs \(runs), \(heads) heads, \(kind)")
        }
      }
    }
  }

  @Test("keys after the query and beyond the window are hidden, all of them too", arguments: DecodeCase.all)
  func masked(test: DecodeCase) {
    for position in [-1, 0, 5, 30, 500] {
      for kind in MaskKind.allCases {
        let error = firstError(test, headWidth: 8, heads: 2, runs: [9, 13], position: position, kind: kind)
        #expect(error == nil, "position \(position), \(kind)")
      }
    }
  }

  private func firstError(
    _ test: DecodeCase, headWidth: Int, heads: Int, runs: [Int], position: Int, kind: MaskKind
  ) -> String? {
    let keyCount = runs.reduce(0, +)
    var random = TestRandom(UInt64(headWidth * 1000 + keyCount))
    let stride = (headWidth + 15) / 16 * 16
    let queries = (0..<heads).map { _ in random.signed(headWidth, scale: 2) }
    let keys = (0..<keyCount).map { _ in random.signed(headWidth) }
    let values = (0..<keyCount).map { _ in random.signed(headWidth, scale: 5) }
    let packed = GuardedBuffer<Float>(count: heads * stride, repeating: 0)
    for (head, query) in queries.enumerated() {
      for i in 0..<headWidth { packed[head * stride + i] = query[i] }
    }
    let state = GuardedBuffer<Float>(count: 2 * heads, repeating: 0)
    for head in 0..<heads { state[head] = -.infinity }
    let output = GuardedBuffer<Float>(count: heads * stride, repeating: 0)
    var first = 0
    for count in runs {
      let storedKeys = test.store(Array(keys[first..<first + count]), stride: stride)
      let storedValues = test.store(Array(values[first..<first + count]), stride: stride)
      let rows = heads < AttentionKernels.decodeHeads ? 1 : AttentionKernels.decodeHeads
      let scores = GuardedBuffer<Float>(
        count: (rows - 1) * AttentionKernels.decodeBlock + min(count, AttentionKernels.decodeBlock), repeating: .nan)
      let masks = (0..<heads).map { kind.mask(firstQuery: position + 3, firstKey: first + 3, head: $0) }
      test.run(
        packed.base, heads, stride, storedKeys.base, storedValues.base, count, state.base, output.base, scores.base,
        masks, storedKeys.base)
      first += count
    }
    for head in 0..<heads {
      let oracle = AttentionOracle(
        query: queries[head], keys: keys.map(test.rounded), values: values.map(test.rounded),
        mask: kind.mask(firstQuery: 3, firstKey: 3, head: head), position: position + 3, blocks: runs.count + 2)
      let sum = state[heads + head]
      for i in 0..<stride {
        let got = output[head * stride + i]
        if oracle.seesNothing || i >= headWidth {
          if got != 0 { return "head \(head), element \(i): \(got) instead of 0" }
        } else if !(abs(Double(got) / Double(sum) - oracle.output[i]) <= oracle.bound[i]) {
          return "head \(head), element \(i): \(got / sum) instead of \(oracle.output[i]) ± \(oracle.bound[i])"
        }
      }
      if oracle.seesNothing && (sum != 0 || state[head] != -.infinity) {
        return "head \(head) sees nothing, but has the sum \(sum) and the maximum \(state[head])"
      }
    }
    return nil
  }
}
