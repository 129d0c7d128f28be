/// Merges the symbols of a word until no pair of neighbours is a merge.
///
/// Short words scan for the best pair; long ones keep the pairs in a heap, which takes n log n steps.
struct SymbolMerger {
  /// Where the heap begins to win.
  static let scanLimit = 40

  /// A pair of neighbours that could be merged when it was found.
  private struct Candidate {
    /// Rank in the upper half, place of the left symbol in the lower: the smallest goes first.
    var order: UInt64
    var token: Int32
  }

  private static let noMerge = MergeTable.Merge(rank: .max, token: -1)

  /// Of each symbol and its right neighbour.
  private var pairs: [MergeTable.Merge] = []
  private var heap: [Candidate] = []
  private var next: [Int32] = []
  private var previous: [Int32] = []

  mutating func merge(_ symbols: inout [Int32], _ table: MergeTable) {
    guard symbols.count > 1 else { return }
    if symbols.count <= Self.scanLimit {
      scan(&symbols, table)
    } else {
      mergeInOrder(&symbols, table)
    }
  }

  // MARK: Short words

  mutating func scan(_ symbols: inout [Int32], _ table: MergeTable) {
    pairs.removeAll(keepingCapacity: true)
    for index in 1..<symbols.count { pairs.append(table.merge(symbols[index - 1], symbols[index]) ?? Self.noMerge) }
    while true {
      var best = 0
      var rank = Int32.max
      for index in pairs.indices where pairs[index].rank < rank {
        rank = pairs[index].rank
        best = index
      }
      if rank == .max { return }
      symbols[best] = pairs[best].token
      symbols.remove(at: best + 1)
      pairs.remove(at: best)
      if best < pairs.count { pairs[best] = table.merge(symbols[best], symbols[best + 1]) ?? Self.noMerge }
      if best > 0 { pairs[best - 1] = table.merge(symbols[best - 1], symbols[best]) ?? Self.noMerge }
    }
  }

  // MARK: Long words

  mutating func mergeInOrder(_ symbols: inout [Int32], _ table: MergeTable) {
    let count = symbols.count
    next.removeAll(keepingCapacity: true)
    previous.removeAll(keepingCapacity: true)
    heap.removeAll(keepingCapacity: true)
    for index in 0..<count {
      next.append(index + 1 < count ? Int32(index + 1) : -1)
      previous.append(Int32(index) - 1)
      if index > 0, let merge = table.merge(symbols[index - 1], symbols[index]) {
        heap.append(Self.candidate(merge, at: index - 1))
      }
    }
    for index in (0..<heap.count / 2).reversed() { sink(index) }
    while let best = takeFirst() {
      let left = Int(truncatingIfNeeded: best.order & 0xFFFF_FFFF)
      // The pair may be gone since: swallowed by its neighbour, or followed by another symbol.
      guard symbols[left] >= 0, next[left] >= 0,
        table.merge(symbols[left], symbols[Int(next[left])])?.token == best.token
      else { continue }
      let right = Int(next[left])
      symbols[left] = best.token
      symbols[right] = -1
      next[left] = next[right]
      if next[left] >= 0 {
        previous[Int(next[left])] = Int32(left)
        consider(left, symbols, table)
      }
      if previous[left] >= 0 { consider(Int(previous[left]), symbols, table) }
    }
    symbols.removeAll { $0 < 0 }
  }

  private mutating func consider(_ left: Int, _ symbols: [Int32], _ table: MergeTable) {
    guard let merge = table.merge(symbols[left], symbols[Int(next[left])]) else { return }
    heap.append(Self.candidate(merge, at: left))
    var index = heap.count - 1
    while index > 0, heap[index].order < heap[(index - 1) / 2].order {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  private static func candidate(_ merge: MergeTable.Merge, at index: Int) -> Candidate {
    Candidate(order: UInt64(UInt32(bitPattern: merge.rank)) << 32 | UInt64(index), token: merge.token)
  }

  private mutating func takeFirst() -> Candidate? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      sink(0)
    }
    return first
  }

  private mutating func sink(_ start: Int) {
    var index = start
    while true {
      var child = 2 * index + 1
      if child >= heap.count { return }
      if child + 1 < heap.count, heap[child + 1].order < heap[child].order { child += 1 }
      if heap[index].order <= heap[child].order { return }
      heap.swapAt(index, child)
      index = child
    }
  }
}
