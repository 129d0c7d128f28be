import Foundation
import Tensor
import Transformer

@testable import Harness

extension Sweep {
  /// A sweep of two trials on a tiny model.
  static func example(batchSizes: [Int] = [1, 3], outputLengths: [Int] = [4]) -> Sweep {
    let configuration = FakeProvider().configuration
    return Sweep(
      benchmarkName: "any", maximumSequenceLength: 64, model: .random(configuration, standardDeviation: 0.02),
      modelDType: .bf16, arithmeticDType: .bf16, batchSizes: batchSizes, inputLengths: [5],
      outputLengths: outputLengths, useCache: true, batchCount: 3, warmupBatchCount: 2, prompts: nil,
      tokenizerName: nil, seed: 7, threads: nil, prefillThreads: nil, decodeThreads: nil, kvCacheDType: .bf16,
      kvCacheCapacity: nil, hugePages: true)
  }
}

extension RunIdentity {
  static let example = RunIdentity(
    fingerprint: "abc", dtype: "bf16", arithmeticDType: "bf16", kvCacheDType: "bf16", threads: 2,
    instructionSet: "fake", machine: "Machine, 2 processors", build: "debug")
}

extension TrialResult {
  /// A row whose three generate calls took 1.2, 1.25 and 1.252 s.
  static func example(
    number: Int = 1, trial: Trial = Trial(name: "any_1_128_8", batchSize: 1, inputLength: 128, outputLength: 8),
    ceilings: Ceilings? = nil
  ) -> TrialResult {
    let samples = [1.2, 1.25, 1.252].map { latency in
      Sample(latency: latency, prefill: latency - 0.7, tokens: Array(repeating: 0.1, count: 7))
    }
    let work = Workload(
      configuration: FakeProvider().configuration, trial: trial, weightDType: .bf16, cacheDType: .bf16)
    let metrics = Metrics(samples: samples, trial: trial, workload: work, useCache: true, ceilings: ceilings)!
    return TrialResult(
      number: number, trial: trial, outcome: .ok(samples: samples, metrics), identity: .example,
      parameterCount: 1_315_950_592, weightBytes: 2_631_901_184, kvCacheBytes: 26_738_688,
      peakResidentBytes: 2_700_000_000, peakIsOfTrial: true, loadPeakResidentBytes: 2_650_000_000, useCache: true,
      warmupBatchCount: 3, prefillOperations: work.prefillOperations, decodeOperations: work.meanDecodeOperations,
      decodeBytes: work.meanDecodeBytes, environment: .object([]))
  }

  static func refusedExample(number: Int = 2) -> TrialResult {
    var result = example(
      number: number, trial: Trial(name: "any_64_128_8", batchSize: 64, inputLength: 128, outputLength: 8))
    result.outcome = .outOfMemory("needs 9 GB, \"8 GB\" are free")
    return result
  }
}

/// A folder of its own for each test, removed with the value's last use.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "llm-bench-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String) throws {
    let file = path + "/" + name
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try text.write(toFile: file, atomically: false, encoding: .utf8)
  }

  /// Writes an executable script, by a shell: a file that is open for writing cannot be executed (ETXTBSY), and a
  /// descriptor of this process would for a moment be open in whatever another test starts just then.
  func writeScript(_ text: String, to name: String) throws {
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = ["-c", #"printf %s "$1" >"$2" && chmod +x "$2""#, "sh", text, path + "/" + name]
    shell.standardInput = FileHandle.nullDevice
    try shell.run()
    shell.waitUntilExit()
    guard shell.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
  }

  func text(_ name: String) throws -> String { try String(contentsOfFile: path + "/" + name, encoding: .utf8) }
}
