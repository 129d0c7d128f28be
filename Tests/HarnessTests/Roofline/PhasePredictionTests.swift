import Tensor
import Testing
import Transformer

@testable import Harness

@Suite struct PhasePredictionTests {
  private func work(_ input: Int, _ output: Int, batch: Int = 1) -> Workload {
    let configuration = ModelConfiguration(
      vocabularySize: 11, modelWidth: 8, layerCount: 2, headCount: 4, keyValueHeadCount: 2, feedForwardWidth: 20,
      maximumSequenceLength: 2048)
    return Workload(
      configuration: configuration,
      trial: Trial(name: "t", batchSize: batch, inputLength: input, outputLength: output), weightDType: .bf16,
      cacheDType: .fp32)
  }

  @Test("the parts of a phase add up to its operations and bytes", arguments: [(5, 4, 1), (600, 3, 3), (1, 2, 9)])
  func parts(input: Int, output: Int, batch: Int) throws {
    let work = work(input, output, batch: batch)
    #expect(abs(work.prefillWork().flop - work.prefillOperations) < 1e-6 * work.prefillOperations)
    let decode = try #require(work.decodeWork())
    #expect(abs(decode.flop - (try #require(work.meanDecodeOperations))) < 1e-6 * decode.flop)
    let bytes = decode.weightBytes + decode.cacheBytes
    #expect(abs(bytes - (try #require(work.meanDecodeBytes))) < 1e-6 * bytes)
  }

  @Test("a prefill streams the weights once for each pass") func passes() {
    let one = work(100, 2).prefillWork(rowsPerPass: 128)
    let three = work(300, 2).prefillWork(rowsPerPass: 128)
    #expect(three.layers.bytes == 3 * one.layers.bytes)
    // One prompt ends in one pass.
    #expect(three.logits.bytes == one.logits.bytes)
  }

  private func prediction(
    _ work: PhaseWork, seconds: [Double], _ conditions: PhasePrediction.Conditions = .init(),
    peak: Double = 1e9, bandwidth: Double = 1e9
  ) throws -> PhasePrediction {
    PhasePrediction(
      work: work, seconds: try #require(Statistics(seconds)),
      ceilings: Ceilings(operationsPerSecond: peak, bytesPerSecond: bandwidth), conditions: conditions)
  }

  private let balanced = PhaseWork(
    layers: .init(flop: 3e9, bytes: 1e9), logits: .init(flop: 1e9, bytes: 2e9), attention: .init(flop: 0, bytes: 1e9))

  @Test("each part takes the longer of its arithmetic and its traffic") func sum() throws {
    let prediction = try prediction(balanced, seconds: [6])
    let predicted = try #require(prediction.predicted)
    #expect(predicted == 6.0)
    #expect(prediction.bound == .compute)
    let quick = try self.prediction(balanced, seconds: [6], peak: 1e10)
    #expect(quick.bound == .memory)
    #expect(prediction.ratio == 1)
    #expect(!prediction.deviates)
    #expect(prediction.reason == nil)
  }

  @Test(
    "a row is flagged beyond 25 %, in both directions",
    arguments: [(7.4, false), (7.6, true), (4.6, false), (4.4, true)])
  func flagged(seconds: Double, deviates: Bool) throws {
    let prediction = try prediction(balanced, seconds: [seconds])
    #expect(prediction.deviates == deviates)
    #expect((prediction.reason != nil) == deviates)
  }

  @Test("the reason is the first that fits what is known") func reasons() throws {
    var conditions = PhasePrediction.Conditions()
    conditions.weightBytes = 100
    func reason(_ seconds: [Double]) throws -> String {
      try #require(try prediction(balanced, seconds: seconds, conditions).reason)
    }
    #expect(try reason([1]).contains("faster during the trial"))
    conditions.cacheBytes = 200
    #expect(try reason([1]).contains("last-level cache"))
    #expect(try reason([6.1, 20]).contains("noise"))
    #expect(try reason([9]).contains("--profile"))
    conditions.slowestOperation = "attention takes 90 %"
    #expect(try reason([9]).contains("attention"))
    conditions.otherLoad = 0.4
    #expect(try reason([9]).contains("other processes used 40 %"))
    conditions.steal = 0.1
    #expect(try reason([9]).contains("hypervisor"))
    conditions.steps = 1_000_000
    #expect(try reason([9]).contains("too little work"))
  }

  @Test("without ceilings there is work and time but no prediction") func noCeilings() throws {
    let prediction = PhasePrediction(
      work: balanced, seconds: try #require(Statistics([1])), ceilings: nil, conditions: .init())
    #expect(prediction.predicted == nil)
    #expect(!prediction.deviates)
    #expect(prediction.json["flop"]?.doubleValue == 4e9)
    #expect(prediction.json["predicted_s"] == .null)
  }
}
