import Tensor
import Testing

@testable import Transformer

@Suite("Attribution of a forward pass")
struct SessionProfileTests {
  private func session(_ name: String, threads: Int = 2, capacity: Int = 64) throws -> (Session, Golden) {
    let golden = try Golden("\(Golden.root)/mpt/\(name)")
    let workers = Workers(threads: threads, kernels: InstructionSet.available[0])
    let model = try golden.model(workers: workers)
    let session = try Session(
      model: model, workers: workers, batchSize: golden.prompts.count, capacity: capacity, cacheDType: .fp32)
    return (session, golden)
  }

  @Test(
    "every operation of a layer appears once in each layer, in the order of the layers",
    arguments: ["alibi", "logit-scale-softcapping", "llama-like"], [1, 3])
  func stepsOfAPass(name: String, threads: Int) throws {
    let (session, golden) = try session(name, threads: threads)
    session.startProfiling(passes: 8)
    try session.prefill(golden.prompts)
    let profile = session.takeProfile()
    let pass = try #require(profile.passes.first)
    #expect(profile.passes.count == 1 && profile.droppedPasses == 0)
    let ofLayer = ForwardOperation.allCases.filter(\.isOfLayer)
    for layer in 0..<session.model.configuration.layerCount {
      #expect(pass.steps.filter { $0.layer == layer }.map(\.operation) == ofLayer)
    }
    #expect(pass.steps.compactMap(\.layer) == pass.steps.compactMap(\.layer).sorted())
    let outside = pass.steps.filter { $0.layer == nil }.map(\.operation)
    let scales = name == "logit-scale-softcapping"
    #expect(outside == [.embedding, .finalNorm, .logits] + (scales ? [.scaleLogits] : []))
  }

  @Test("steps follow each other without a gap and never backwards") func monotoneStamps() throws {
    let (session, golden) = try session("alibi")
    session.startProfiling(passes: 8)
    try session.prefill(golden.prompts)
    for _ in 0..<3 { try session.decode(golden.prompts.map { _ in 1 }) }
    let profile = session.takeProfile()
    #expect(profile.passes.count == 4)
    var last: UInt64 = 0
    for pass in profile.passes {
      #expect(pass.start >= last)
      last = pass.start
      for step in pass.steps {
        #expect(step.workEnd >= last && step.end >= step.workEnd)
        last = step.end
      }
      // The steps' times add up to the pass, for each begins where the one before it ended.
      #expect(pass.end == last)
    }
  }

  @Test("a pass tells its rows, its logits and the keys that its queries see") func shapes() throws {
    let (session, golden) = try session("alibi")
    session.startProfiling(passes: 8)
    try session.prefill(golden.prompts)
    try session.decode(golden.prompts.map { _ in 1 })
    let shapes = session.takeProfile().passes.map(\.shape)
    let lengths = golden.prompts.map(\.count)
    #expect(
      shapes == [
        PassShape(
          rows: lengths.reduce(0, +), logitRows: lengths.count,
          visibleKeys: lengths.reduce(0) { $0 + $1 * ($1 + 1) / 2 }, keySlots: lengths.reduce(0, +)),
        PassShape(
          rows: lengths.count, logitRows: lengths.count, visibleKeys: lengths.reduce(0) { $0 + $1 + 1 },
          keySlots: lengths.reduce(0) { $0 + $1 + 1 }),
      ])
  }

  @Test("keys beyond a sliding window are not counted") func slidingWindow() throws {
    let (session, golden) = try session("sliding-window")
    let window = try #require(session.model.configuration.slidingWindow)
    session.startProfiling(passes: 64)
    try session.prefill(golden.prompts)
    let passes = session.takeProfile().passes
    let counted = golden.prompts.reduce(0) { sum, prompt in
      sum + (0..<prompt.count).reduce(0) { $0 + min($1 + 1, window) }
    }
    #expect(golden.prompts.contains { $0.count > window })
    #expect(passes.reduce(0) { $0 + $1.shape.visibleKeys } == counted)
  }

  @Test("passes beyond the log are counted, and the log is empty after it was taken") func fullLog() throws {
    let (session, golden) = try session("alibi")
    session.startProfiling(passes: 2)
    try session.prefill(golden.prompts)
    for _ in 0..<3 { try session.decode(golden.prompts.map { _ in 1 }) }
    let profile = session.takeProfile()
    #expect(profile.passes.count == 2 && profile.droppedPasses == 2)
    #expect(session.takeProfile() == ForwardProfile())
    try session.decode(golden.prompts.map { _ in 1 })
    #expect(session.takeProfile().passes.count == 1)
  }

  @Test("logits are the same with a profile and without, and nothing is recorded when it has stopped") func sameLogits()
    throws
  {
    let (plain, golden) = try session("alibi")
    let (profiled, _) = try session("alibi")
    profiled.startProfiling(passes: 4)
    try plain.prefill(golden.prompts)
    try profiled.prefill(golden.prompts)
    for sequence in golden.prompts.indices {
      #expect(Array(plain.logits(sequence)) == Array(profiled.logits(sequence)))
    }
    #expect(plain.takeProfile() == ForwardProfile())
    profiled.stopProfiling()
    try profiled.decode(golden.prompts.map { _ in 1 })
    #expect(profiled.takeProfile() == ForwardProfile())
  }
}
