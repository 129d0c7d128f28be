/// A regular expression as a nondeterministic automaton, the form that `RegexMatcher` runs.
final class RegexProgram: Sendable {
  /// One step of the automaton. Targets are indices of instructions.
  enum Instruction: Sendable {
    /// Takes a scalar of the set.
    case take(set: Int, next: Int)
    /// Goes on at both, `first` preferred.
    case split(first: Int, second: Int)
    case assertNext(set: Int, atEnd: Bool, next: Int)
    case assertPrevious(set: Int, atStart: Bool, next: Int)
    case match
  }

  let instructions: [Instruction]
  let start: Int
  /// The sets that instructions name.
  let sets: [ScalarSet]
  /// Whether any assertion looks back.
  let looksBack: Bool

  private static let sizeLimit = 20_000
  private static let setLimit = 256

  /// - Throws: `RegexError` for syntax that is wrong or not supported, and for a pattern that is too large.
  convenience init(pattern: String) throws(RegexError) {
    try self.init(RegexParser.parse(pattern))
  }

  init(_ node: RegexNode) throws(RegexError) {
    var builder = Builder()
    let match = try builder.add(.match)
    start = try builder.compile(node, then: match)
    instructions = builder.instructions
    sets = builder.sets
    looksBack = builder.looksBack
  }

  /// Compiles back to front: each node knows where it goes on.
  private struct Builder {
    var instructions: [Instruction] = []
    var sets: [ScalarSet] = []
    var looksBack = false
    private var setIndices: [ScalarSet: Int] = [:]

    mutating func add(_ instruction: Instruction) throws(RegexError) -> Int {
      guard instructions.count < RegexProgram.sizeLimit else {
        throw RegexError(problem: "it is too large when its repetitions are written out")
      }
      instructions.append(instruction)
      return instructions.count - 1
    }

    private mutating func index(of set: ScalarSet) throws(RegexError) -> Int {
      if let index = setIndices[set] { return index }
      guard sets.count < RegexProgram.setLimit else {
        throw RegexError(problem: "it has more than \(RegexProgram.setLimit) different classes of characters")
      }
      sets.append(set)
      setIndices[set] = sets.count - 1
      return sets.count - 1
    }

    mutating func compile(_ node: RegexNode, then next: Int) throws(RegexError) -> Int {
      switch node {
      case .empty: return next
      case .set(let set): return try add(.take(set: try index(of: set), next: next))
      case .sequence(let nodes):
        var target = next
        for node in nodes.reversed() { target = try compile(node, then: target) }
        return target
      case .alternation(let nodes):
        var target = try compile(nodes[nodes.count - 1], then: next)
        for node in nodes.dropLast().reversed() {
          let first = try compile(node, then: next)
          target = try add(.split(first: first, second: target))
        }
        return target
      case .assertion(.next(let set, let atEnd)):
        return try add(.assertNext(set: try index(of: set), atEnd: atEnd, next: next))
      case .assertion(.previous(let set, let atStart)):
        looksBack = true
        return try add(.assertPrevious(set: try index(of: set), atStart: atStart, next: next))
      case .repetition(let body, let minimum, let maximum, let isLazy):
        var target = next
        if let maximum {
          for _ in 0..<max(0, maximum - minimum) {
            let taken = try compile(body, then: target)
            target = try add(isLazy ? .split(first: next, second: taken) : .split(first: taken, second: next))
          }
        } else {
          let loop = try add(.match)
          let taken = try compile(body, then: loop)
          instructions[loop] = isLazy ? .split(first: next, second: taken) : .split(first: taken, second: next)
          target = loop
        }
        for _ in 0..<minimum { target = try compile(body, then: target) }
        return target
      }
    }
  }
}
