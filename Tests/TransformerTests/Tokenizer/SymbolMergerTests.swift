import Testing

@testable import Transformer

@Suite struct SymbolMergerTests {
  @Test("a scan and a heap merge alike", arguments: UInt64(0)..<40) func sameTokens(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var table = MergeTable(capacity: 64)
    // Strings of up to 8 letters as numbers, so that a pair of tokens always makes the same third.
    var spellings = ["a", "b", "c"]
    for rank in 0..<Int32(40) {
      let left = random.next(below: spellings.count)
      let right = random.next(below: spellings.count)
      let spelled = spellings[left] + spellings[right]
      guard spelled.count <= 8 else { continue }
      let token = spellings.firstIndex(of: spelled) ?? spellings.count
      if token == spellings.count { spellings.append(spelled) }
      table.insert(left: Int32(left), right: Int32(right), .init(rank: rank, token: Int32(token)))
    }
    var merger = SymbolMerger()
    for length in 2..<80 {
      var scanned = (0..<length).map { _ in Int32(random.next(below: 3)) }
      var ordered = scanned
      merger.scan(&scanned, table)
      merger.mergeInOrder(&ordered, table)
      #expect(scanned == ordered)
    }
  }
}
