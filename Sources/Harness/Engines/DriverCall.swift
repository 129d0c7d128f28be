import Transformer

/// One run of a driver: a request, its answers, and whatever can go wrong between.
struct DriverCall {
  var python: String
  var script: String
  var environment: [String: String]
  /// Seconds that a driver may be silent.
  var timeout: Double

  /// Runs a request to measure.
  ///
  /// - Throws: `EngineProblem` for a driver that refuses, fails, dies, hangs or says something else than it should.
  func measure(
    _ request: ConfigurationValue, trial: Trial, warmupCount: Int, batchCount: Int, vocabularySize: Int,
    batchEnded: () -> Void
  ) throws(EngineProblem) -> EngineMeasurement {
    var result = EngineMeasurement()
    var warmups = 0
    var isLoaded = false
    var isComplete = false
    try run(request) { message in
      if !isLoaded, case .loaded(let description) = message {
        isLoaded = true
        result.description = description
        return true
      }
      guard isLoaded else { return false }
      switch message {
      case .warmup where warmups < warmupCount && result.samples.isEmpty:
        warmups += 1
        batchEnded()
      case .sample(let sample) where result.samples.count < batchCount && sample.tokens.count == trial.outputLength - 1:
        result.samples.append(sample)
        batchEnded()
      case .tokens(let tokens)
      where tokens.count == trial.batchSize
        && tokens.allSatisfy { $0.count == trial.outputLength && $0.allSatisfy { $0 < vocabularySize } }:
        result.tokens = tokens
      case .memory(let memory): result.memory = memory
      case .done where warmups == warmupCount && result.samples.count == batchCount && !result.tokens.isEmpty:
        isComplete = true
      default: return false
      }
      return true
    }
    // `run` returns at "done" alone, which is accepted only when nothing is missing.
    precondition(isComplete)
    return result
  }

  /// Runs a request to convert a model.
  func convert(_ request: ConfigurationValue) throws(EngineProblem) {
    try run(request) { $0 == .done }
  }

  /// Starts the driver and hands its messages on until "done".
  ///
  /// - Parameter accept: whether the message is one that may come now.
  private func run(
    _ request: ConfigurationValue, accept: (DriverMessage) -> Bool
  ) throws(EngineProblem) {
    let child: ChildProcess
    do {
      child = try ChildProcess(
        executable: python, arguments: [script], environment: environment, input: JSONWriter().text(request))
    } catch {
      throw .failed("\(error)")
    }
    defer { child.kill() }
    while true {
      switch child.next(timeout: timeout) {
      case .line(let line):
        let message: DriverMessage
        do {
          message = try DriverMessage(line)
        } catch {
          child.kill()
          throw .failed(Self.with("its driver said \(Self.quote(line)), which is no message", child.lastWords))
        }
        switch message {
        case .refused(let reason): throw .refused(reason)
        case .failed(let reason): throw .failed(reason)
        default: break
        }
        guard accept(message) else {
          child.kill()
          throw .failed(Self.with("its driver said \(Self.quote(line)) when that could not come", child.lastWords))
        }
        if message == .done { return }
      case .unreadable(let reason):
        child.kill()
        throw .failed(Self.with("its driver wrote \(Self.quote(reason))", child.lastWords))
      case .ended(let end):
        throw .failed(Self.with("its driver ended early with \(end.text)", child.lastWords))
      case .silence:
        child.kill()
        throw .failed(
          Self.with("its driver was silent for \(durationText(timeout)) (engine_timeout_s)", child.lastWords))
      }
    }
  }

  private static func with(_ reason: String, _ lastWords: String) -> String {
    lastWords.isEmpty ? reason : "\(reason); its last words: \(String(lastWords.suffix(1000)))"
  }

  /// The start of a text, without what would upset a terminal.
  private static func quote(_ text: String) -> String { Excerpt.quoted(String(text.prefix(200))) }
}
