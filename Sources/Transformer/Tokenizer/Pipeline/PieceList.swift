/// Text cut into pieces, which the model then turns into tokens one by one.
struct PieceList {
  /// Valid UTF-8.
  var bytes: [UInt8]
  /// The pieces from left to right, none empty. What lies between them is dropped.
  var ranges: [Range<Int>]
  /// Whether the first piece begins where the whole input does.
  var isFirst: Bool

  init(_ text: Normalizer.Text) {
    bytes = text.bytes
    ranges = bytes.isEmpty ? [] : [0..<bytes.count]
    isFirst = text.isFirst
  }

  /// What a rule found in a piece: a stretch that matches, or the stretch between two of these.
  struct Stretch {
    var start: Int
    var end: Int
    var isMatch: Bool
  }

  /// Cuts each piece into what `find` makes of it.
  ///
  /// - Parameter find: appends stretches that cover the piece, in order.
  mutating func split(
    _ behavior: SplitBehavior,
    _ find: (UnsafeBufferPointer<UInt8>, Range<Int>, inout [Stretch]) throws(InputError) -> Void
  ) throws(InputError) {
    var result: [Range<Int>] = []
    result.reserveCapacity(ranges.count * 2 + bytes.count / 5)
    var stretches: [Stretch] = []
    var failure: InputError?
    let old = ranges
    bytes.withUnsafeBufferPointer { buffer in
      do throws(InputError) {
        for range in old {
          stretches.removeAll(keepingCapacity: true)
          try find(buffer, range, &stretches)
          behavior.appendPieces(of: stretches, to: &result)
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    if let first = old.first, result.first?.lowerBound != first.lowerBound { isFirst = false }
    ranges = result
  }

  /// Cuts out the scalars that `matches` accepts, each a stretch of its own.
  mutating func split(_ behavior: SplitBehavior, where matches: (UInt32) -> Bool) throws(InputError) {
    try split(behavior) { (buffer, range, stretches) throws(InputError) in
      guard let base = buffer.baseAddress else { return }
      var done = range.lowerBound
      var position = done
      while position < range.upperBound {
        let (value, length) = UTF8Cursor.scalar(base, position)
        if matches(value) {
          if done < position { stretches.append(Stretch(start: done, end: position, isMatch: false)) }
          done = position + length
          stretches.append(Stretch(start: position, end: done, isMatch: true))
        }
        position += length
      }
      if done < range.upperBound { stretches.append(Stretch(start: done, end: range.upperBound, isMatch: false)) }
    }
  }

  /// Cuts at the matches of `pattern`.
  mutating func split(
    _ behavior: SplitBehavior, at pattern: TextPattern, inverted: Bool = false, _ pool: MatcherPool
  ) throws(InputError) {
    try split(behavior) { (buffer, range, stretches) throws(InputError) in
      var done = range.lowerBound
      try pool.forEachMatch(of: pattern, in: buffer, range: range) { start, end in
        if done < start { stretches.append(Stretch(start: done, end: start, isMatch: inverted)) }
        stretches.append(Stretch(start: start, end: end, isMatch: !inverted))
        done = end
      }
      if done < range.upperBound { stretches.append(Stretch(start: done, end: range.upperBound, isMatch: inverted)) }
    }
  }

  /// Rewrites each piece; `rewrite` appends what it becomes.
  mutating func rewrite(_ rewrite: (UnsafeBufferPointer<UInt8>, _ isFirst: Bool, inout [UInt8]) -> Void) {
    let (source, old) = (bytes, ranges)
    var result: [UInt8] = []
    result.reserveCapacity(source.count + source.count / 4)
    source.withUnsafeBufferPointer { buffer in
      for index in old.indices {
        let start = result.count
        rewrite(UnsafeBufferPointer(rebasing: buffer[old[index]]), isFirst && index == 0, &result)
        ranges[index] = start..<result.count
      }
    }
    bytes = result
  }
}

/// What becomes of the text that a rule matches.
enum SplitBehavior: String, CaseIterable, Sendable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"

  /// Appends the pieces that the stretches of one piece make, none of them empty.
  func appendPieces(of stretches: [PieceList.Stretch], to result: inout [Range<Int>]) {
    let first = result.count
    var wasMatch = false
    switch self {
    case .isolated:
      for stretch in stretches where stretch.start < stretch.end { result.append(stretch.start..<stretch.end) }
      return
    case .removed:
      for stretch in stretches where !stretch.isMatch && stretch.start < stretch.end {
        result.append(stretch.start..<stretch.end)
      }
      return
    case .contiguous, .mergedWithPrevious:
      for stretch in stretches {
        let joins = self == .contiguous ? stretch.isMatch == wasMatch : stretch.isMatch && !wasMatch
        if joins, result.count > first {
          result[result.count - 1] = result[result.count - 1].lowerBound..<stretch.end
        } else {
          result.append(stretch.start..<stretch.end)
        }
        wasMatch = stretch.isMatch
      }
    case .mergedWithNext:
      for stretch in stretches.reversed() {
        if stretch.isMatch, !wasMatch, result.count > first {
          result[result.count - 1] = stretch.start..<result[result.count - 1].upperBound
        } else {
          result.append(stretch.start..<stretch.end)
        }
        wasMatch = stretch.isMatch
      }
      result[first...].reverse()
    }
    if result[first...].contains(where: \.isEmpty) {
      let kept = result[first...].filter { !$0.isEmpty }
      result.replaceSubrange(first..., with: kept)
    }
  }
}
