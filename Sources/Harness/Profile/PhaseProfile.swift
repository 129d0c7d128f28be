import Tensor
import Transformer

/// Where the time of one phase of a generate call went.
struct PhaseProfile: Sendable, Equatable {
  /// Tokens of each sequence that the phase made: 1 for the prefill, the others for decode.
  private(set) var tokenCount = 0
  private(set) var passCount = 0
  /// Passes without a record; 0 unless the log was too small.
  private(set) var droppedPasses = 0
  /// Nanoseconds of the whole phase.
  private(set) var duration: UInt64 = 0
  /// In the order of the forward pass.
  private(set) var lines: [Line] = []

  /// One operation over all layers and passes.
  struct Line: Sendable, Equatable {
    var operation: ForwardOperation
    var calls = 0
    /// Nanoseconds from the end of the step before until all workers were done.
    var duration: UInt64 = 0
    /// Those of them in which worker 0 waited for others.
    var wait: UInt64 = 0
    var cost = OperationCost(flop: 0, bytes: 0)
    /// dtype of the products, where the operation is attention.
    var attentionDType = DType.fp32

    /// The least time that the ceilings allow, as a part of the time taken.
    func rooflineFraction(_ ceilings: Ceilings) -> Double? {
      let peak =
        operation == .attention ? ceilings.peak(ofAttentionIn: attentionDType) : ceilings.operationsPerSecond
      let least = max(cost.flop / peak, cost.bytes / ceilings.bytesPerSecond)
      return duration > 0 ? least / (Double(duration) * 1e-9) : nil
    }
  }

  /// Adds the passes that made one token of each sequence, between two readings of the clock.
  mutating func add(_ profile: ForwardProfile, from start: UInt64, to end: UInt64, costs: CostModel) {
    tokenCount += 1
    passCount += profile.passes.count
    droppedPasses += profile.droppedPasses
    duration += end - start
    for pass in profile.passes {
      var begin = pass.start
      for step in pass.steps {
        let index = line(step.operation)
        lines[index].calls += 1
        lines[index].duration += step.end - begin
        lines[index].wait += step.end - step.workEnd
        lines[index].cost = lines[index].cost + costs.cost(step.operation, pass.shape)
        lines[index].attentionDType = costs.attentionDType(pass.shape)
        begin = step.end
      }
    }
  }

  /// The operation that lost the most time against the ceilings, as a sentence; `nil` without ceilings or lines.
  func slowestOperation(_ ceilings: Ceilings?) -> String? {
    guard let ceilings else { return nil }
    let lost = lines.compactMap { line in
      line.rooflineFraction(ceilings).map { (line: line, fraction: $0, loss: Double(line.duration) * (1 - $0)) }
    }
    guard let worst = lost.max(by: { $0.loss < $1.loss }), duration > 0 else { return nil }
    return
      "\(worst.line.operation.name) takes \(fixed(Double(worst.line.duration) * 100 / Double(duration), 0)) % of the"
      + " time at \(fixed(worst.fraction * 100, 0)) % of its roofline"
  }

  /// Nanoseconds in which the workers waited for each other, as worker 0 saw it.
  var wait: UInt64 { lines.reduce(0) { $0 + $1.wait } }
  /// Nanoseconds outside of forward passes: checks of the input, the choice of tokens.
  var outside: UInt64 { duration - min(duration, lines.reduce(0) { $0 + $1.duration }) }
  var cost: OperationCost { lines.reduce(OperationCost(flop: 0, bytes: 0)) { $0 + $1.cost } }

  private mutating func line(_ operation: ForwardOperation) -> Int {
    if let index = lines.firstIndex(where: { $0.operation == operation }) { return index }
    let index = lines.firstIndex { $0.operation.rawValue > operation.rawValue } ?? lines.count
    lines.insert(Line(operation: operation), at: index)
    return index
  }
}
