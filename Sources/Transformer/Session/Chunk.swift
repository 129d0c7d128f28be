/// Consecutive tokens of one sequence that go through a forward pass together.
struct Segment {
  var sequence: Int
  /// The first of its rows in the pass.
  var firstRow: Int
  var count: Int
  /// Absolute position of the first token.
  var firstPosition: Int
  /// Whether the logits after the last token are wanted.
  var wantsLogits: Bool
  /// Number of the first unit of attention work; filled in by the session.
  var firstUnit = 0
}

/// The rows of one forward pass, in memory that is allocated once.
struct Chunk: ~Copyable {
  /// [rows]
  let tokens: UnsafeMutableBufferPointer<Int32>
  /// Absolute position of each row.
  let positions: UnsafeMutableBufferPointer<Int>
  /// Sequence of each row.
  let sequences: UnsafeMutableBufferPointer<Int>
  let segments: UnsafeMutableBufferPointer<Segment>
  /// Rows whose logits are wanted, in the order of their segments.
  let logitRows: UnsafeMutableBufferPointer<Int>
  /// Sequence that each of `logitRows` belongs to.
  let logitSequences: UnsafeMutableBufferPointer<Int>
  private(set) var rowCount = 0
  private(set) var segmentCount = 0
  private(set) var logitCount = 0

  init(maximumRows: Int, sequences count: Int) {
    tokens = .allocate(capacity: maximumRows)
    positions = .allocate(capacity: maximumRows)
    sequences = .allocate(capacity: maximumRows)
    segments = .allocate(capacity: maximumRows)
    logitRows = .allocate(capacity: count)
    logitSequences = .allocate(capacity: count)
  }

  deinit {
    tokens.deallocate()
    positions.deallocate()
    sequences.deallocate()
    segments.deallocate()
    logitRows.deallocate()
    logitSequences.deallocate()
  }

  var freeRows: Int { tokens.count - rowCount }

  mutating func removeAll() {
    rowCount = 0
    segmentCount = 0
    logitCount = 0
  }

  /// Adds `count` (<= `freeRows`) tokens of one sequence; `token` gives the one at an index.
  mutating func append(
    sequence: Int, firstPosition: Int, count: Int, wantsLogits: Bool, token: (Int) -> Int32
  ) {
    segments.initializeElement(
      at: segmentCount,
      to: Segment(
        sequence: sequence, firstRow: rowCount, count: count, firstPosition: firstPosition, wantsLogits: wantsLogits))
    segmentCount += 1
    for index in 0..<count {
      tokens.initializeElement(at: rowCount + index, to: token(index))
      positions.initializeElement(at: rowCount + index, to: firstPosition + index)
      sequences.initializeElement(at: rowCount + index, to: sequence)
    }
    rowCount += count
    if wantsLogits {
      logitRows.initializeElement(at: logitCount, to: rowCount - 1)
      logitSequences.initializeElement(at: logitCount, to: sequence)
      logitCount += 1
    }
  }
}
