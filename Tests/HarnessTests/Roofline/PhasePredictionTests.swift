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
    "a row is flagged beyond its tolerance, in both directions",
    arguments: [(7.1, 0.2, false), (7.3, 0.2, true), (4.9, 0.2, false), (4.7, 0.2, true), (7.1, 0.15, true)])
  func flagged(seconds: Double, tolerance: Double, deviates: Bool) throws {
    let prediction = PhasePrediction(
      work: balanced, seconds: try #require(Statistics([seconds])),
      ceilings: Ceilings(operationsPerSecond: 1e9, bytesPerSecond: 1e9), conditions: .init(), tolerance: tolerance)
    #expect(prediction.deviates == deviates)
    #expect((prediction.reason != nil) == deviates)
  }

  @Test("one layer's times, the layers' number and the bandwidth around the trial make the prediction") func composed()
    throws
  {
    var conditions = PhasePrediction.Conditions()
    conditions.layers = 10
    let layer = LayerTimes(products: 0.5, attention: 0.02, rest: 0.03, once: 0.004, choice: 0.001)
    func predicted(_ layer: LayerTimes, bandwidth: Double) throws -> Double {
      (conditions.bandwidthBefore, conditions.bandwidthAfter) = (bandwidth, bandwidth)
      let prediction = PhasePrediction(
        work: balanced, seconds: try #require(Statistics([1])),
        ceilings: Ceilings(operationsPerSecond: 1e9, bytesPerSecond: 9e9), layer: layer, conditions: conditions)
      // The limit knows the ceilings alone.
      #expect(prediction.limit == 4.0 + 1.0 / 9)
      return try #require(prediction.predicted)
    }
    // Layers: 5 s of products against 1 s of weights. Attention: 0.2 s against 1 s of keys and values. Logits: a third of the
    // layers' operations, 5 / 3 s, against 2 s.
    #expect(abs(try predicted(layer, bandwidth: 1e9) - (5 + 1 + 0.3 + 0.004 + 0.001 + 2)) < 1e-12)
    #expect(abs(try predicted(layer, bandwidth: 1e10) - (5 + 0.2 + 0.3 + 0.004 + 0.001 + 5.0 / 3)) < 1e-12)
    var quick = layer
    quick.products = 0
    #expect(abs(try predicted(quick, bandwidth: 1e8) - (10 + 10 + 0.3 + 0.004 + 0.001 + 20)) < 1e-12)
  }

  @Test("what streams at one bandwidth and then at another takes the harmonic mean") func bandwidths() {
    var conditions = PhasePrediction.Conditions()
    #expect(conditions.bandwidth == nil)
    conditions.bandwidthAfter = 30
    #expect(conditions.bandwidth == 30)
    conditions.bandwidthBefore = 60
    #expect(conditions.bandwidth == 40)
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
    #expect(
      try reason([6.1, 6.2, 20]).contains("stalls: the median is within 20 %, but the slowest sample took 3.2 times"))
    #expect(try reason([9]).contains("--profile"))
    conditions.slowestOperation = "attention takes 90 %"
    #expect(try reason([9]).contains("attention"))
    conditions.otherLoad = 0.4
    #expect(try reason([9]).contains("other processes used 40 %"))
    conditions.steal = 0.1
    #expect(try reason([9]).contains("hypervisor"))
    (conditions.bandwidthBefore, conditions.bandwidthAfter) = (40e9, 41e9)
    #expect(try reason([9]).contains("hypervisor"))
    conditions.bandwidthAfter = 80e9
    // What computes does not wait for memory.
    #expect(try reason([9]).contains("hypervisor"))
    let streaming = try prediction(balanced, seconds: [9], conditions, peak: 1e10)
    #expect(streaming.reason?.contains("from 40.0 GB/s before the trial to 80.0 GB/s after it") == true)
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
