import Tensor
import Testing
import Transformer

@testable import Harness

@Suite(.serialized) struct RooflineTests {
  private static let brief = SteadyMaximum(patience: 0, limit: 0, minimumSamples: 2)

  @Test("threads are counted singly to four, then doubled, and end with all of them") func threadCounts() {
    #expect(Roofline.threadCounts(upTo: 1) == [1])
    #expect(Roofline.threadCounts(upTo: 3) == [1, 2, 3])
    #expect(Roofline.threadCounts(upTo: 12) == [1, 2, 3, 4, 8, 12])
  }

  @Test("the buffer is several times the last-level caches and at most a quarter of what is free") func bufferSize() {
    let megabyte = 1 << 20
    #expect(ReadProbe.byteCount(lastLevelCache: 32 * megabyte, threads: 2, available: nil) == 512 * megabyte)
    #expect(ReadProbe.byteCount(lastLevelCache: 256 * megabyte, threads: 1, available: nil) == 1024 * megabyte)
    #expect(ReadProbe.byteCount(lastLevelCache: .max, threads: .max, available: .max) == 4096 * megabyte)
    #expect(
      ReadProbe.byteCount(lastLevelCache: 32 * megabyte, threads: 2, available: 1000 * megabyte) == 250 * megabyte)
    #expect(ReadProbe.byteCount(lastLevelCache: 32 * megabyte, threads: 2, available: 200 * megabyte) == nil)
    #expect(ReadProbe.byteCount(lastLevelCache: 0, threads: 1, available: 0) == nil)
  }

  @Test("every set, dtype and number of threads gets a figure, and they stand in the JSON") func wholeMeasurement()
    throws
  {
    let sets = InstructionSet.available
    let roofline = try Roofline.measure(sets, threads: 2, bufferBytes: 4 << 20, steady: Self.brief)
    let kinds = sets.reduce(0) { $0 + Roofline.productDTypes($1).count }
    #expect(roofline.peaks.count == 2 * kinds && roofline.bandwidths.count == 2)
    #expect(roofline.peaks.allSatisfy { $0.rate.best > 0 } && roofline.bandwidths.allSatisfy { $0.rate.best > 0 })
    let json = try JSONParser().parse(JSONWriter().text(roofline.json(environment: .object([]))))
    #expect(json["peaks"]?.arrayValue?.count == 2 * kinds)
    #expect(json["read_bandwidth"]?.arrayValue?.map { $0["threads"]?.integerValue } == [1, 2])
    let barriers = json["read_bandwidth"]?.arrayValue?.map { $0["barrier_s"]?.doubleValue } ?? []
    // Where other processes hold a processor, two threads have none either.
    #expect(barriers.count == 2 && barriers[0] == nil && barriers[1].map { $0 > 0 && $0 < 1e-4 } != false)
    #expect(roofline.text.split(separator: "\n").count == 2 * kinds + 2 + 2)
  }

  @Test("a number of threads that cannot be is an error", arguments: [0, -1, 5000, Int.max])
  func badThreads(threads: Int) {
    let sink = MemorySink()
    #expect(throws: InputError.self) {
      try RooflineJob(threads: threads, json: false, standardOutput: sink, standardError: sink).run()
    }
  }
}

@Suite struct CeilingsTests {
  @Test("processors are alike within a factor of three, and what is unknown differs from nothing") func alike() {
    func isAlike(_ a: Double?, _ b: Double?) -> Bool {
      BarrierTime.isAlike(a.map { BarrierTime(seconds: $0) }, b.map { BarrierTime(seconds: $0) })
    }
    #expect(isAlike(39e-9, 75e-9) && isAlike(75e-9, 39e-9) && isAlike(nil, 1) && isAlike(1, nil) && isAlike(nil, nil))
    #expect(!isAlike(75e-9, 310e-9) && !isAlike(310e-9, 75e-9))
  }

  @Test("ceilings only rise, each figure for itself, and the bandwidth at its distance") func raised() {
    let first = Ceilings(operationsPerSecond: 4, fp32OperationsPerSecond: 2, bytesPerSecond: 9)
    let second = Ceilings(operationsPerSecond: 3, fp32OperationsPerSecond: 5, bytesPerSecond: 8)
    #expect(
      first.raised(to: second) == Ceilings(operationsPerSecond: 4, fp32OperationsPerSecond: 5, bytesPerSecond: 9))
    var (near, far) = (second, first)
    near.barrier = BarrierTime(seconds: 50e-9)
    far.barrier = BarrierTime(seconds: 300e-9)
    let raised = near.raised(to: far)
    #expect(raised.operationsPerSecond == 4 && raised.bytesPerSecond == 8 && raised.barrier == near.barrier)
  }
}
