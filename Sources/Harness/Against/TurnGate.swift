import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The side of `run --against` in the process that measures: between two turns it does nothing, for the other process
/// measures then.
///
/// It says "turn TRIAL SECONDS": the trial that it waits with, numbered from 1, and the time of the calls of its last
/// turn, 0 when there was none. The answer is "measure COUNT" or "end".
final class TurnGate {
  private let input: Int32
  private let output: any TextSink
  private var pending = LineBuffer(limit: 100)

  init(input: Int32 = STDIN_FILENO, output: any TextSink = DescriptorSink.standardOutput) {
    self.input = input
    self.output = output
  }

  /// The process that gives the turns has ended, or says what nobody understands.
  struct Lost: Error, CustomStringConvertible {
    let description = "the run that gives this one its turns has ended"
  }

  /// Waits for a turn.
  ///
  /// - Returns: calls to measure; `nil` when the trial has enough.
  /// - Throws: `Lost`.
  func next(trial number: Int, after seconds: Double) throws -> Int? {
    do { try output.write("turn \(number) \(seconds)\n") } catch { throw Lost() }
    let words = try line().split(separator: " ")
    if words == ["end"] { return nil }
    guard words.count == 2, words[0] == "measure", let count = Int(words[1]),
      (1...SweepValues.maximumBatchCount).contains(count)
    else { throw Lost() }
    return count
  }

  private func line() throws -> String {
    var chunk = [UInt8](repeating: 0, count: 100)
    while true {
      switch pending.take() {
      case .line(let line): return line
      case .unreadable: throw Lost()
      case nil: break
      }
      let count = read(input, &chunk, chunk.count)
      if count > 0 { pending.append(chunk[..<count]) } else if count == 0 || errno != EINTR { throw Lost() }
    }
  }
}
