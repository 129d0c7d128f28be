import Foundation
import KernelInterface
import Tensor
import Testing

@testable import Transformer

/// A checkpoint that a Python original made, with the logits and the greedy tokens that it computed in fp32.
struct Golden: CustomTestStringConvertible, Sendable {
  /// Where the checkpoint lies: a folder, or a GGUF file.
  let checkpoint: String
  /// The folder with expected.json.
  let expectations: String
  let prompts: [[Int32]]
  let logits: [[Float]]
  /// The rows that chose the last token of `greedy`.
  let finalLogits: [[Float]]
  let greedy: [[Int32]]
  /// Prompts of different lengths, and what follows each; empty where the original was not asked.
  let unequalPrompts: [[Int32]]
  let unequalGreedy: [[Int32]]
  /// The original cannot process the whole sequence again.
  let cachedOnly: Bool

  var testDescription: String { checkpoint.split(separator: "/").suffix(2).joined(separator: "/") }

  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures").path

  /// Every golden checkpoint of a family, by name.
  static func all(_ family: String, in root: String = root) -> [Golden] {
    let folder = "\(root)/\(family)"
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    return names.compactMap { try? Golden("\(folder)/\($0)") }
  }

  /// More of them, below a folder that make_fixtures.py --random has written.
  static let additional: [Golden] = {
    guard let folder = ProcessInfo.processInfo.environment["LLM_BENCH_GOLDEN"] else { return [] }
    let families = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return families.sorted().flatMap { all($0, in: folder) }
  }()

  /// The checkpoints of `all(_:)` that are there as GGUF files too, with the same expectations.
  static func asGGUF(_ family: String) -> [Golden] {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: "\(root)/gguf/\(family)")) ?? []).sorted()
    return names.filter { $0.hasSuffix(".gguf") }.compactMap { name in
      try? Golden("\(root)/\(family)/\(name.dropLast(5))", checkpoint: "\(root)/gguf/\(family)/\(name)")
    }
  }

  init(_ folder: String, checkpoint: String? = nil) throws {
    self.checkpoint = checkpoint ?? folder
    expectations = folder
    let value = try JSONParser.parse(contentsOf: "\(folder)/expected.json")
    func rows(_ key: String) -> [[Double]] {
      guard case .array(let rows)? = value[key] else { return [] }
      return rows.map { row in
        guard case .array(let numbers) = row else { return [] }
        return numbers.map {
          switch $0 {
          case .integer(let x): Double(x)
          case .number(let x): x
          default: .nan
          }
        }
      }
    }
    prompts = rows("prompts").map { $0.map(Int32.init) }
    logits = rows("logits").map { $0.map(Float.init) }
    finalLogits = rows("final_logits").map { $0.map(Float.init) }
    greedy = rows("greedy").map { $0.map(Int32.init) }
    unequalPrompts = rows("unequal_prompts").map { $0.map(Int32.init) }
    unequalGreedy = rows("unequal_greedy").map { $0.map(Int32.init) }
    cachedOnly = value["cached_only"] == .bool(true)
  }

  func configuration() throws -> ModelConfiguration { try openCheckpoint(checkpoint).modelConfiguration() }

  func model(
    dtype: DType = .fp32, arithmetic: DType? = nil, kernels: KernelSet = InstructionSet.available[0], workers: Workers
  ) throws -> Model {
    let checkpoint = try openCheckpoint(checkpoint)
    let configuration = try checkpoint.modelConfiguration()
    try checkpoint.validate(against: configuration)
    let model = try Model(
      configuration: configuration, source: checkpoint, dtype: dtype, arithmetic: arithmetic, kernels: kernels,
      workers: workers)
    if let error = checkpoint.nonFinite { throw error }
    return model
  }
}

/// The largest difference of two logit rows, as a part of the range of the second.
func relativeDifference(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Float {
  let range = b.max()! - b.min()!
  return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / range
}

/// Greedy continuation of all prompts at once.
func continueGreedily(_ session: Session, _ prompts: [[Int32]], count: Int) throws -> [[Int32]] {
  try session.prefill(prompts)
  var tokens = prompts.map { _ in [Int32]() }
  for step in 0..<count {
    let newest = prompts.indices.map { session.greedyToken($0) }
    for index in prompts.indices { tokens[index].append(newest[index]) }
    if step + 1 < count { try session.decode(newest) }
  }
  return tokens
}

/// Greedy continuation of all prompts at once, with the whole sequences processed again for each token.
func continueWithoutCache(_ session: Session, _ prompts: [[Int32]], count: Int) throws -> [[Int32]] {
  var sequences = prompts
  for _ in 0..<count {
    session.reset()
    try session.prefill(sequences)
    for index in prompts.indices { sequences[index].append(session.greedyToken(index)) }
  }
  return zip(sequences, prompts).map { Array($0.dropFirst($1.count)) }
}
