import Testing
import Transformer

@testable import Harness

@Suite struct GenerateCallTests {
  private let prompts: [[Int32]] = [[1, 2, 3], [4, 5, 6]]

  @Test("with a cache a call is one prefill and a decode step for each later token") func withCache() throws {
    let engine = FakeEngine(vocabularySize: 101)
    let session = try engine.openSession(batchSize: 2, capacity: 7)
    var call = GenerateCall(prompts: prompts, outputLength: 4, useCache: true)
    let sample = try call.measure(session)
    #expect(
      engine.calls == [.open(batchSize: 2, capacity: 7), .reset, .prefill([3, 3]), .decode, .decode, .decode])
    #expect(sample.tokens.count == 3)
  }

  @Test("without a cache each token processes the whole sequence so far") func withoutCache() throws {
    let engine = FakeEngine(vocabularySize: 101)
    let session = try engine.openSession(batchSize: 2, capacity: 7)
    var call = GenerateCall(prompts: prompts, outputLength: 3, useCache: false)
    let sample = try call.measure(session)
    #expect(
      engine.calls == [
        .open(batchSize: 2, capacity: 7), .reset, .prefill([3, 3]), .reset, .prefill([4, 4]), .reset,
        .prefill([5, 5]),
      ])
    #expect(sample.tokens.count == 2)
  }

  @Test("a cache changes nothing about the tokens") func sameTokens() throws {
    let engine = FakeEngine(vocabularySize: 101)
    let session = try engine.openSession(batchSize: 2, capacity: 20)
    var cached = GenerateCall(prompts: prompts, outputLength: 9, useCache: true)
    var uncached = GenerateCall(prompts: prompts, outputLength: 9, useCache: false)
    _ = try cached.measure(session)
    let withCache = [session.greedyToken(0), session.greedyToken(1)]
    _ = try uncached.measure(session)
    #expect(withCache == [session.greedyToken(0), session.greedyToken(1)])
  }

  @Test("the times of the tokens add up to the latency", arguments: [1, 2, 8]) func sum(outputLength: Int) throws {
    let engine = FakeEngine(vocabularySize: 101)
    let session = try engine.openSession(batchSize: 2, capacity: 20)
    var call = GenerateCall(prompts: prompts, outputLength: outputLength, useCache: true)
    let sample = try call.measure(session)
    #expect(sample.tokens.count == outputLength - 1)
    #expect(abs(sample.prefill + sample.tokens.reduce(0, +) - sample.latency) < 1e-9)
  }
}

@Suite struct RandomPromptsTests {
  private func draw(_ batch: Int, _ length: Int, vocabulary: Int = 50, seed: UInt64 = 1) throws -> [[Int32]] {
    try RandomPrompts.draw(batchSize: batch, length: length, vocabularySize: vocabulary, seed: seed)
  }

  @Test("prompts depend on the seed alone") func deterministic() throws {
    #expect(try draw(4, 33) == draw(4, 33))
    #expect(try draw(4, 33) != draw(4, 33, seed: 2))
  }

  @Test("a larger batch and a longer prompt begin with the smaller ones") func prefixes() throws {
    let large = try draw(8, 100)
    #expect(try draw(3, 40) == large.prefix(3).map { Array($0.prefix(40)) })
  }

  @Test("sequences of a batch differ") func distinct() throws {
    #expect(Set(try draw(16, 20)).count == 16)
  }

  @Test("every id but the last one of the vocabulary is drawn") func range() throws {
    #expect(Set(try draw(20, 200, vocabulary: 7).joined()) == Set(0..<6))
    #expect(Set(try draw(2, 10, vocabulary: 2).joined()) == [0])
  }

  @Test("a vocabulary of one token cannot be drawn from", arguments: [1, 0, -5, Int.max]) func tooSmall(size: Int) {
    #expect(throws: InputError.self) { try draw(1, 1, vocabulary: size) }
  }
}
