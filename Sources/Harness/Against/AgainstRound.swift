import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One round of `run --against`: both sides measure all trials once, each in a process of its own.
struct AgainstRound {
  let sides: [AgainstSide]
  let number: Int
  let options: RunOptions
  /// Whether both processes hold their models at the same time and take turns call by call; else one runs to its end
  /// before the other begins.
  let takesTurns: Bool
  /// A descriptor that each process of a side holds open.
  let lock: Int32

  /// Seconds of calls that the pairs of a trial are to fill, both sides together, however few `num_batches` asks for.
  private static let leastSeconds = 1.0
  /// Pairs beyond which short calls need not fill that time.
  private static let mostPairs = 200
  /// A turn of short calls has as many as fill this time: after each change of sides the caches are the other's.
  private static let turnSeconds = 0.05
  /// Microseconds between turns, in which the threads of the side that has measured come to rest.
  private static let rest: UInt32 = 1000

  func run() throws {
    for side in sides { try ResultsFolder.create(side.output(number)) }
    // The side that begins has the better or the worse of it.
    let order = number % 2 == 1 ? sides : sides.reversed()
    guard takesTurns else {
      for side in order {
        let arguments = side.arguments(options, round: number, takesTurns: false)
        try check(BenchmarkProcess.run(side.executable, arguments, log: side.log(number), lock: lock), side)
      }
      return
    }
    if options.resume { try dropUnpaired() }
    let runners = try order.map { side in
      Runner(
        side: side, keys: side.keys,
        process: try TurnProcess(
          side.executable, side.arguments(options, round: number, takesTurns: true), log: side.log(number), lock: lock))
    }
    while let next = Self.next(runners[0], runners[1]) {
      switch next {
      case .both: alternate(runners.map(\.process), atLeast: runners.map(\.side.sweep.batchCount).max()!)
      case .only(let index): runners[index].process.measure(runners[index].side.sweep.batchCount)
      }
      for index in next.indices { runners[index].process.endTrial() }
    }
    for runner in runners { try check(runner.process.status(), runner.side) }
  }

  private struct Runner {
    var side: AgainstSide
    var keys: [ComparedRun.Key]
    var process: TurnProcess

    /// The trial that it waits with.
    var key: ComparedRun.Key? {
      process.turn.flatMap { keys.indices.contains($0.trial - 1) ? keys[$0.trial - 1] : nil }
    }
    /// The trials that it may still come to.
    var later: ArraySlice<ComparedRun.Key> { keys.dropFirst(process.turn?.trial ?? keys.count) }
  }

  private enum Next {
    case both
    /// A trial that the other side does not have, or had or has at another time.
    case only(Int)

    var indices: [Int] {
      switch self {
      case .both: [0, 1]
      case .only(let index): [index]
      }
    }
  }

  /// `nil` when both have ended.
  private static func next(_ first: Runner, _ second: Runner) -> Next? {
    if first.process.turn == nil { return second.process.turn == nil ? nil : .only(1) }
    if second.process.turn == nil { return .only(0) }
    if first.key == second.key { return .both }
    return first.key.map { second.later.contains($0) } ?? false ? .only(1) : .only(0)
  }

  /// Lets both measure the trial that they wait with, A B B A, until there are pairs enough.
  private func alternate(_ processes: [TurnProcess], atLeast count: Int) {
    var pairs = 0
    var seconds = 0.0
    var length = 1
    while pairs < count || (seconds < Self.leastSeconds && pairs < Self.mostPairs) {
      for process in [processes[0], processes[1], processes[1], processes[0]] {
        process.measure(length)
        // It has ended: its status says why.
        guard let turn = process.turn else { return }
        seconds += turn.seconds
        usleep(Self.rest)
      }
      pairs += 2 * length
      length = max(1, min(20, Int(Self.turnSeconds * Double(2 * pairs) / max(seconds, 1e-9))))
    }
  }

  /// A trial that failed is a row; the others count.
  private func check(_ status: Int32, _ side: AgainstSide) throws {
    let hasEnded = status == CommandStatus.done.rawValue || status == CommandStatus.failed.rawValue
    let hasRows = FileKind(of: "\(side.output(number))/\(ResultsFile.name)") == .file
    guard hasEnded, hasRows else {
      let words = SystemFile.text(side.log(number)).map {
        $0.split(separator: "\n").suffix(4).joined(separator: "\n  ")
      }
      throw InputError(
        file: side.log(number),
        problem: side.text(unlike: AgainstJob.ownExecutable())
          + " ended with \(status)\(hasRows ? "" : " and wrote no results"):\n  \(words ?? "")",
        cure: "Mend it and add --resume.")
    }
  }

  /// Removes rows of an interrupted round whose partner was not written any more: their calls had none to take turns with
  /// on the next attempt.
  private func dropUnpaired() throws {
    let files = try sides.map { try ResultsFile(folder: $0.output(number), keepsRows: true) }
    let measured = files.map { file in
      Dictionary(
        uniqueKeysWithValues: ComparedRun(rounds: [file.rows], isInRounds: false).trials().map { ($0.key, $0.rows) })
    }
    for (index, file) in files.enumerated() {
      let other = 1 - index
      let comesToIt = Set(sides[other].keys)
      let lines = Set(
        measured[index].filter { measured[other][$0.key] == nil && comesToIt.contains($0.key) }.flatMap(\.value).map(
          \.line))
      if lines.isEmpty { continue }
      var replacement = try AtomicFile(path: file.path)
      try replacement.write(file.rows.map(\.line).filter { !lines.contains($0) }.map { $0 + "\n" }.joined())
      try replacement.commit()
    }
  }
}
