import Foundation
import Testing
import Transformer

@testable import Harness

@Suite struct ShippedSweepTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "yamls").path

  @Test("every shipped sweep resolves")
  func all() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder).filter { $0.hasSuffix(".yaml") }
    #expect(Set(names).isSuperset(of: ["125m.yaml", "1b.yaml", "350m.yaml", "3b.yaml", "7b.yaml", "smoke.yaml"]))
    // A checkpoint is made before its sweep runs.
    let checkpoint = try TemporaryFolder()
    try checkpoint.write("{}", to: "config.json")
    for name in names {
      let overrides = name == "compare-llama-1.1b.yaml" ? ["checkpoint=\(checkpoint.path)"] : []
      _ = try SweepFile.load(path: "\(Self.folder)/\(name)", overrides: overrides)
    }
  }

  @Test(
    "the models have their family's sizes",
    arguments: [
      ("125m", 768, 12, 12, 125_311_488), ("350m", 1024, 16, 24, 355_985_408), ("1b", 2048, 16, 24, 1_315_950_592),
      ("3b", 2560, 20, 32, 2_651_837_440), ("7b", 4096, 32, 32, 6_658_859_008),
    ])
  func sizes(name: String, width: Int, heads: Int, layers: Int, parameters: Int) throws {
    let sweep = try SweepFile.load(path: "\(Self.folder)/\(name).yaml")
    let model = try #require(sweep.configuration)
    #expect(model.modelWidth == width && model.headCount == heads && model.layerCount == layers)
    #expect(model.parameterCount == parameters)
    #expect(model.vocabularySize == 50368 && model.maximumSequenceLength == 2048)
    #expect(model.feedForwardWidth == 4 * width)
    #expect(model.position == .learned && model.tiedEmbeddings)
    #expect(model.biases.attentionInput && model.biases.feedForward && model.biases.normalization)
    #expect(sweep.batchSizes == [1, 2, 4, 8, 16, 32, 64])
    #expect(sweep.inputLengths == [128] && sweep.outputLengths == [8])
    #expect(sweep.batchCount == 5 && sweep.warmupBatchCount == 3)
    #expect(sweep.modelDType == .bf16 && sweep.useCache)
  }

  @Test("rows of the 1b sweep are named as they have always been")
  func names() throws {
    let sweep = try SweepFile.load(path: "\(Self.folder)/1b.yaml")
    #expect(sweep.trials.first?.name == "MosaicDeepspeed_1xA100-80GB-bf16-GPT-1B_1_128_8")
    #expect(sweep.trials.count == 7)
  }
}
