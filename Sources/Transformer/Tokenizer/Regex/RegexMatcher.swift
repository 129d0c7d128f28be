/// Finds the matches of a program in UTF-8 text, with the priorities of a backtracking matcher but in one pass.
///
/// The states of a deterministic automaton are built as the text asks for them (Cox, "Regular Expression Matching in the
/// Wild", 2010). A state is a list of program threads, the preferred first; assertions are decided when the next scalar is
/// known. Matches that one begins after the other make a hostile pattern read the same text many times: beyond a budget
/// that is linear in the text the matcher gives up with an error.
final class RegexMatcher {
  private let program: RegexProgram
  private var classes: ScalarClasses
  /// Of each ASCII scalar.
  private var asciiClasses: [UInt16]

  /// Threads of a state, and the class of the scalar before it where an assertion may ask.
  private struct State: Hashable {
    var threads: [Int32]
    var previous: UInt16
  }

  private var states: [State] = []
  private var stateIndices: [State: Int32] = [:]
  /// [state][class]: twice the next state, plus 1 where a match ends before the scalar; `unknown` until asked for.
  private var transitions: [Int32] = []
  /// Columns of `transitions`.
  private var stride = 32
  /// Where matches begin, by the class before; states for the edge and each class.
  private var initial: [UInt16: Int32] = [:]

  private static let unknown: Int32 = -1
  /// The state without threads.
  private static let dead: Int32 = 0
  private static let stateLimit = 4096
  private static let transitionLimit = 1 << 21

  // Scratch of `step`.
  private var visited: [Int32]
  private var visit: Int32 = 0
  private var stack: [Int32] = []

  init(_ program: RegexProgram) {
    self.program = program
    classes = ScalarClasses(sets: program.sets)
    visited = Array(repeating: 0, count: program.instructions.count)
    asciiClasses = []
    for value in UInt32(0)..<128 { asciiClasses.append(classes.index(of: value)) }
    forgetStates()
  }

  /// Calls `body` with each match in `bytes[range]`, as byte offsets, from left to right. Matches do not overlap; an empty
  /// one is skipped where the one before it ends.
  ///
  /// - Parameter bytes: valid UTF-8. What stands outside `range` is not seen.
  /// - Throws: `RegexError` when the pattern reads this text too many times over.
  func forEachMatch(
    in bytes: UnsafePointer<UInt8>, range: Range<Int>, _ body: (Int, Int) -> Void
  ) throws(RegexError) {
    var position = range.lowerBound
    var lastEnd = -1
    var budget = 256 * (range.count + 64)
    while position <= range.upperBound {
      let end = longestPreferred(in: bytes, range: range, from: position, &budget)
      guard budget > 0 else {
        throw RegexError(problem: "it would read this text hundreds of times over")
      }
      if let end, end > position || end != lastEnd {
        body(position, end)
        lastEnd = end
        if end > position {
          position = end
          continue
        }
      }
      guard position < range.upperBound else { break }
      position += UTF8Cursor.scalar(bytes, position).length
    }
  }

  /// Where the preferred match that begins at `start` ends.
  private func longestPreferred(
    in bytes: UnsafePointer<UInt8>, range: Range<Int>, from start: Int, _ budget: inout Int
  ) -> Int? {
    var previous = ScalarClasses.edge
    if program.looksBack, start > range.lowerBound {
      previous = classes.index(of: UTF8Cursor.scalar(bytes, UTF8Cursor.start(before: start, bytes)).value)
    }
    var state = initialState(after: previous)
    var position = start
    var end: Int?
    while true {
      var length = 0
      var scalarClass = ScalarClasses.edge
      if position < range.upperBound {
        let byte = bytes[position]
        if byte < 0x80 {
          scalarClass = asciiClasses[Int(byte)]
          length = 1
        } else {
          let (value, bytesOfScalar) = UTF8Cursor.scalar(bytes, position)
          scalarClass = classes.index(of: value)
          length = bytesOfScalar
        }
      }
      // A class beyond the table appears with a scalar of a page that is new.
      var entry =
        Int(scalarClass) < stride ? transitions[Int(state) * stride + Int(scalarClass)] : Self.unknown
      if entry == Self.unknown { entry = step(&state, scalarClass, &budget) }
      budget -= 1
      if entry & 1 != 0 { end = position }
      state = entry >> 1
      if state == Self.dead || length == 0 || budget <= 0 { return end }
      position += length
    }
  }

  // MARK: Building states

  private func forgetStates() {
    while stride <= classes.count { stride *= 2 }
    states = []
    stateIndices = [:]
    transitions = []
    initial = [:]
    _ = index(of: State(threads: [], previous: 0))
  }

  private func index(of state: State) -> Int32 {
    if let index = stateIndices[state] { return index }
    let index = Int32(states.count)
    states.append(state)
    stateIndices[state] = index
    transitions.append(contentsOf: repeatElement(Self.unknown, count: stride))
    return index
  }

  private func initialState(after previous: UInt16) -> Int32 {
    if let state = initial[previous] { return state }
    let state = index(of: State(threads: [Int32(program.start)], previous: previous))
    initial[previous] = state
    return state
  }

  /// Computes and keeps the transition of `state` on a class; `state` gets another index when the table starts anew.
  private func step(_ state: inout Int32, _ scalarClass: UInt16, _ budget: inout Int) -> Int32 {
    let content = states[Int(state)]
    if classes.count >= stride || states.count >= Self.stateLimit || transitions.count >= Self.transitionLimit {
      forgetStates()
      state = index(of: content)
    }
    let members = classes.membership[Int(scalarClass)]
    let before = classes.membership[Int(content.previous)]
    let atEnd = scalarClass == ScalarClasses.edge
    let atStart = content.previous == ScalarClasses.edge
    visit += 1
    if visit == .max {
      visited = Array(repeating: 0, count: visited.count)
      visit = 1
    }
    var threads: [Int32] = []
    var seen: Set<Int32> = []
    var matched = false
    search: for thread in content.threads {
      stack.append(thread)
      while let current = stack.popLast() {
        guard visited[Int(current)] != visit else { continue }
        visited[Int(current)] = visit
        budget -= 1
        switch program.instructions[Int(current)] {
        case .take(let set, let next):
          if members[set], seen.insert(Int32(next)).inserted { threads.append(Int32(next)) }
        case .split(let first, let second):
          stack.append(Int32(second))
          stack.append(Int32(first))
        case .assertNext(let set, let holdsAtEnd, let next):
          if atEnd ? holdsAtEnd : members[set] { stack.append(Int32(next)) }
        case .assertPrevious(let set, let holdsAtStart, let next):
          if atStart ? holdsAtStart : before[set] { stack.append(Int32(next)) }
        case .match:
          // Whatever is left is less preferred than this match.
          matched = true
          stack.removeAll(keepingCapacity: true)
          break search
        }
      }
    }
    let next = index(of: State(threads: threads, previous: program.looksBack && !threads.isEmpty ? scalarClass : 0))
    let entry = next << 1 | (matched ? 1 : 0)
    transitions[Int(state) * stride + Int(scalarClass)] = entry
    return entry
  }
}
