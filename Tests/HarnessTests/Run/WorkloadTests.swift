import Tensor
import Testing
import Transformer

@testable import Harness

@Suite struct WorkloadTests {
  private func workload(
    _ input: Int, _ output: Int, batch: Int = 3, change: (inout ModelConfiguration) -> Void = { _ in }
  ) -> Workload {
    var configuration = ModelConfiguration(
      vocabularySize: 11, modelWidth: 8, layerCount: 2, headCount: 4, keyValueHeadCount: 2, feedForwardWidth: 20,
      maximumSequenceLength: 64)
    change(&configuration)
    return Workload(
      configuration: configuration,
      trial: Trial(name: "t", batchSize: batch, inputLength: input, outputLength: output), weightDType: .bf16,
      cacheDType: .fp32)
  }

  // Each layer: queries 8·8, keys and values 8·4 each, output 8·8, feed-forward 2·8·20. Two layers.
  private let layerElements = 2.0 * (64 + 32 + 32 + 64 + 320)
  private let projection = 8.0 * 11

  @Test("prefill counts linear layers for every token, logits for the last, attention for the causal half")
  func prefill() {
    // Keys seen by five queries: 1 + 2 + 3 + 4 + 5.
    let linear = 2 * layerElements * 3 * 5
    let attention = 4.0 * 8 * 2 * 3 * 15
    #expect(workload(5, 4).prefillOperations == linear + 2 * projection * 3 + attention)
  }

  @Test("a sliding window limits the keys that are seen") func window() {
    // Window 2: 1 + 2 + 2 + 2 + 2.
    let work = workload(5, 4) { $0.slidingWindow = 2 }
    let linear = 2 * layerElements * 3 * 5
    let attention = 4.0 * 8 * 2 * 3 * 9
    #expect(work.prefillOperations == linear + 2 * projection * 3 + attention)
    let step = 2 * (layerElements + projection) * 3
    #expect(work.decodeOperations(length: 9) == step + 4.0 * 8 * 2 * 3 * 2)
  }

  @Test("a gated feed-forward block has a third matrix") func gated() {
    let plain = workload(5, 4).prefillOperations
    let gated = workload(5, 4) { $0.feedForward = .glu }.prefillOperations
    let extraElements = 2.0 * 160
    #expect(gated - plain == 2 * extraElements * 3 * 5)
  }

  @Test("a decode step reads each weight once for the batch, and the cache of every sequence") func bytes() {
    // Keys and values of a token: 2 · 4 wide · 2 layers · 4 bytes.
    let token = 2.0 * 4 * 2 * 4
    let weights = (layerElements + projection) * 2
    #expect(workload(5, 4).decodeBytes(length: 7) == weights + 3 * token * 8)
    #expect(workload(5, 4, batch: 6).decodeBytes(length: 7) == weights + 6 * token * 8)
  }

  @Test("the mean over the steps is what summing them gives", arguments: [Int?.none, 1, 5, 6, 7, 9, 100])
  func means(window: Int?) throws {
    for (input, output) in [(5, 2), (5, 4), (1, 9), (8, 3)] {
      let work = workload(input, output) { $0.slidingWindow = window }
      let lengths = (input + 1)...(input + output - 1)
      let bytes = lengths.reduce(0) { $0 + work.decodeBytes(length: $1) } / Double(lengths.count)
      let operations = lengths.reduce(0) { $0 + work.decodeOperations(length: $1) } / Double(lengths.count)
      #expect(abs(try #require(work.meanDecodeBytes) - bytes) < 1e-6)
      #expect(abs(try #require(work.meanDecodeOperations) - operations) < 1e-6)
    }
  }

  @Test("one output token has no decode step") func noDecode() {
    #expect(workload(5, 1).meanDecodeBytes == nil)
    #expect(workload(5, 1).meanDecodeOperations == nil)
  }

  @Test("absurd sizes do not trap") func absurd() {
    let work = workload(Int.max / 2, 3, batch: .max) { $0.layerCount = .max }
    #expect(work.prefillOperations > 1e50)
  }

  @Test("utilisation is demand over time over ceiling") func utilization() throws {
    let trial = Trial(name: "t", batchSize: 3, inputLength: 5, outputLength: 3)
    let work = workload(5, 3)
    let samples = [Sample(latency: 4, prefill: 2, tokens: [0.5, 1.5])]
    let ceilings = Ceilings(operationsPerSecond: 1e6, bytesPerSecond: 1e5)
    let metrics = try #require(
      Metrics(samples: samples, trial: trial, workload: work, useCache: true, ceilings: ceilings))
    #expect(metrics.modelFLOPUtilization == work.prefillOperations / 2 / 1e6)
    let bytes = try #require(work.meanDecodeBytes)
    #expect(metrics.memoryBandwidthUtilization == bytes / 1e5)
    #expect(metrics.prefillTokensPerSecond == 7.5)
    #expect(metrics.decodeTokensPerSecond == 3)
    let unknown = try #require(
      Metrics(samples: samples, trial: trial, workload: work, useCache: true, ceilings: nil))
    #expect(unknown.modelFLOPUtilization == nil)
    #expect(unknown.memoryBandwidthUtilization == nil)
  }
}
