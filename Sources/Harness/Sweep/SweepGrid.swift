import Transformer

/// The lists whose product a sweep measures, as each row carries them: one row tells what the whole sweep is.
public struct SweepGrid: Sendable, Hashable {
  public var batchSizes: [Int]
  public var inputLengths: [Int]
  public var outputLengths: [Int]

  /// Trials that one sweep may have.
  static let maximumTrialCount = 100_000

  /// The number of trials; `nil` when it is beyond what an integer holds.
  var trialCount: Int? {
    var count = 1
    for list in [batchSizes, inputLengths, outputLengths] {
      let (product, overflows) = count.multipliedReportingOverflow(by: list.count)
      if overflows { return nil }
      count = product
    }
    return count
  }

  /// The trials in the original's nesting order: batch size outermost, output length innermost.
  public func trials(benchmarkName: String) -> [Trial] {
    batchSizes.flatMap { batch in
      inputLengths.flatMap { input in
        outputLengths.map { output in
          Trial(
            name: benchmarkName + Self.suffix(batch, input, output), batchSize: batch, inputLength: input,
            outputLength: output)
        }
      }
    }
  }

  /// What a trial's name has after the benchmark's.
  static func suffix(_ batch: Int, _ input: Int, _ output: Int) -> String { "_\(batch)_\(input)_\(output)" }

  /// Whether every trial of `other` is one of this grid.
  func contains(_ other: SweepGrid) -> Bool {
    Set(batchSizes).isSuperset(of: other.batchSizes) && Set(inputLengths).isSuperset(of: other.inputLengths)
      && Set(outputLengths).isSuperset(of: other.outputLengths)
  }

  var json: ConfigurationValue {
    var object = JSONObject()
    object["batch_sizes"] = .array(batchSizes.map { .integer($0) })
    object["input_lengths"] = .array(inputLengths.map { .integer($0) })
    object["output_lengths"] = .array(outputLengths.map { .integer($0) })
    return object.value
  }
}

extension SweepGrid {
  /// The grid that a row carries; `nil` for what is no grid, or one of more trials than a sweep may have.
  init?(json: ConfigurationValue) {
    func list(_ key: String) -> [Int]? {
      guard let values = json[key]?.arrayValue else { return nil }
      let numbers = values.compactMap(\.integerValue)
      return numbers.count == values.count && !numbers.isEmpty ? numbers : nil
    }
    guard let batches = list("batch_sizes"), let inputs = list("input_lengths"), let outputs = list("output_lengths")
    else { return nil }
    self.init(batchSizes: batches, inputLengths: inputs, outputLengths: outputs)
    guard let count = trialCount, count <= Self.maximumTrialCount else { return nil }
  }
}

extension Sweep {
  public var grid: SweepGrid {
    SweepGrid(batchSizes: batchSizes, inputLengths: inputLengths, outputLengths: outputLengths)
  }

  /// The trials in the order of `--list`.
  public var trials: [Trial] { grid.trials(benchmarkName: benchmarkName) }
}
