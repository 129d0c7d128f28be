import Foundation
import Testing

@testable import Transformer

/// The checkpoints that llm-foundry itself wrote.
@Suite struct GoldenCheckpointTests {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/mpt").path

  static let names = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted()

  @Test("there are golden checkpoints")
  func present() {
    #expect(Self.names.count > 50)
  }

  @Test("a golden checkpoint holds exactly the tensors that its options describe, all finite", arguments: names)
  func fits(name: String) throws {
    let checkpoint = try CheckpointFolder("\(Self.root)/\(name)")
    let model = try checkpoint.modelConfiguration()
    try checkpoint.validate(against: model)
    let stored = checkpoint.tensorNames.reduce(0) { $0 + checkpoint.values($1).count }
    #expect(stored == model.parameterCount)
    #expect(checkpoint.nonFinite == nil)
  }
}
