import KernelInterface
import TestSupport
import Testing

@Suite("Prefill attention")
struct AttentionPrefillTests {
  @Test("a panel of queries agrees with softmax attention for 1 to 130 keys in blocks", arguments: PrefillCase.all)
  func keyCounts(form: PrefillCase) {
    for (number, keyCount) in (Array(1...40) + [47, 63, 64, 65, 96, 127, 128, 129, 130]).enumerated() {
      let kind = MaskKind.allCases[number % MaskKind.allCases.count]
      let error = firstError(
        form, headWidth: 8, keyCount: keyCount, block: 48, firstQuery: keyCount - 1, kind: kind)
      #expect(error == nil, "\(keyCount) keys, \(kind)")
    }
  }

  @Test("every head width and every kind of mask agrees", arguments: PrefillCase.all)
  func headWidths(form: PrefillCase) {
    for headWidth in [8, 12, 40, 64, 80, 128] {
      for kind in MaskKind.allCases {
        let error = firstError(form, headWidth: headWidth, keyCount: 45, block: 16, firstQuery: 20, kind: kind)
        #expect(error == nil, "head width \(headWidth), \(kind)")
      }
    }
  }

  @Test("queries that see no key of a block, or of any, are left as they were", arguments: PrefillCase.all)
  func masked(form: PrefillCase) {
    for (firstQuery, keyCount) in [(0, 60), (-5, 30), (-200, 20), (25, 30), (500, 20)] {
      for kind in MaskKind.allCases {
        let error = firstError(
          form, headWidth: 12, keyCount: keyCount, block: 7, firstQuery: firstQuery, kind: kind)
        #expect(error == nil, "first query \(firstQuery), \(keyCount) keys, \(kind)")
      }
    }
  }

  @Test("scores of extreme size give finite results", arguments: PrefillCase.all)
  func extremes(form: PrefillCase) {
    let error = firstError(
      form, headWidth: 8, keyCount: 40, block: 16, firstQuery: 39, kind: .causal, scale: 200)
    #expect(error == nil)
  }

  @Test("a packed panel holds the queries' elements times the factor, nothing beside it", arguments: PrefillCase.all)
  func packedQueries(form: PrefillCase) {
    let width = form.kernels.panelWidth
    for headWidth in [2, 8, 12, 16, 40, 64, 80, 128] {
      for gap in [0, 5] {
        let stride = headWidth + gap
        var random = TestRandom(UInt64(headWidth))
        let source = random.signed((width - 1) * stride + headWidth)
        let queries = GuardedBuffer<Float>(source)
        let packed = GuardedBuffer<Float>(count: headWidth * width, repeating: .nan)
        form.packQueries(queries.base, stride, 0.37, headWidth, packed.base)
        let rows = (0..<width).map { row in
          form.steps((0..<headWidth).map { source[row * stride + $0] * 0.37 })
        }
        let wrong = (0..<headWidth / form.step * width).first {
          packed[$0].bitPattern != rows[$0 % width][$0 / width].bitPattern
        }
        #expect(wrong == nil, "head width \(headWidth), gap \(gap)")
      }
    }
  }

  private func firstError(
    _ form: PrefillCase, headWidth: Int, keyCount: Int, block: Int, firstQuery: Int, kind: MaskKind, scale: Float = 2
  ) -> String? {
    var random = TestRandom(UInt64(headWidth * 1000 + keyCount))
    let width = form.kernels.panelWidth
    let valueWidth = (headWidth + width - 1) / width * width
    let valueStride = valueWidth + headWidth % 3 * 16
    let headSteps = headWidth / form.step
    let keyStride = headSteps + headWidth % 4
    func rows(_ count: Int, scale: Float = 1) -> [[Float]] {
      (0..<count).map { _ in random.signed(headWidth, scale: scale).map(form.rounded) }
    }
    let queries = rows(width, scale: scale)
    let keys = rows(keyCount)
    let values = rows(keyCount, scale: 5)
    let panel = GuardedBuffer<Float>(count: headSteps * width, repeating: 0)
    for (query, row) in queries.enumerated() {
      for (i, step) in form.steps(row).enumerated() { panel[i * width + query] = step }
    }
    let state = GuardedBuffer<Float>(count: 2 * width, repeating: 0)
    for query in 0..<width { state[query] = -.infinity }
    // Nothing is read of it before a query has seen a key.
    let seesNothing = firstQuery + width <= 0 || kind.mask(firstQuery: 0, firstKey: 0).window <= firstQuery - keyCount
    let output = GuardedBuffer<Float>(count: width * valueWidth, repeating: seesNothing ? 0 : .nan)
    // The first block is short, so that blocks do not end where vectors do.
    var first = 0
    var blocks = 0
    while first < keyCount {
      let count = min(first == 0 ? max(1, block - 3) : block, keyCount - first)
      let keyRows = GuardedBuffer<Float>(count: count * keyStride, repeating: .nan)
      let stored = form.values(values[first..<first + count], valueStride: valueStride)
      for row in 0..<count {
        for (i, step) in form.steps(keys[first + row]).enumerated() { keyRows[row * keyStride + i] = step }
      }
      let scores = GuardedBuffer<Float>(count: count * width, repeating: .nan)
      var mask = kind.mask(firstQuery: firstQuery, firstKey: 3 + first)
      mask.firstQuery += 3
      form.prefillBlock(
        panel.base, headSteps, keyRows.base, keyStride, count, stored.base, valueWidth, valueStride, state.base,
        output.base, scores.base, &mask)
      first += count
      blocks += 1
    }
    for query in 0..<width {
      let oracle = AttentionOracle(
        query: queries[query], keys: keys, values: values, mask: kind.mask(firstQuery: 3, firstKey: 3),
        position: firstQuery + query + 3, blocks: blocks, probabilityError: form.probabilityError)
      let sum = state[width + query]
      for i in 0..<valueWidth {
        let got = output[query * valueWidth + i]
        if oracle.seesNothing || i >= headWidth {
          if got != 0 { return "query \(query), element \(i): \(got) instead of 0" }
        } else if !(abs(Double(got) / Double(sum) - oracle.output[i]) <= oracle.bound[i]) {
          return "query \(query), element \(i): \(got / sum) instead of \(oracle.output[i]) ± \(oracle.bound[i])"
        }
      }
      if oracle.seesNothing && (sum != 0 || state[query] != -.infinity) {
        return "query \(query) sees nothing, but has the sum \(sum) and the maximum \(state[query])"
      }
    }
    return nil
  }
}
