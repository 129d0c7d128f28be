import Testing

@testable import Harness

@Suite struct EngineReportTests {
  /// A folder whose rows come from `engines`, two trials each.
  private func folder(_ engines: [EngineName]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    var lines: [String] = []
    for (number, batch) in [1, 4].enumerated() {
      for engine in engines {
        var row = TrialResult.example(
          number: number + 1,
          trial: Trial(name: "any_\(batch)_128_8", batchSize: batch, inputLength: 128, outputLength: 8))
        row.engine = EngineRecord(engine)
        lines.append(row.line)
      }
    }
    try folder.write(lines.map { $0 + "\n" }.joined(), to: "results.jsonl")
    return folder
  }

  @Test("engines of one folder are systems of their own in a report, with all their rows") func oneFolder() throws {
    let folder = try folder([.native, .llamacpp])
    let systems = try ReportSystem.read([folder.path])
    #expect(systems.map(\.label) == ["native", "llamacpp"])
    #expect(systems.map { $0.rows.map(\.batchSize) } == [[1, 4], [1, 4]])
  }

  @Test("with several folders an engine's name follows its folder's") func severalFolders() throws {
    let (both, alone) = (try folder([.native, .huggingFace]), try folder([.native]))
    let labels = try ReportSystem.read([both.path, alone.path]).map(\.label)
    #expect(labels.count == 3)
    #expect(labels[0].hasSuffix(" native") && labels[1].hasSuffix(" hf"))
    #expect(!labels[2].contains(" "))
  }
}
