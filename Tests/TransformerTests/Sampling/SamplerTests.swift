import Testing

@testable import Transformer

@Suite struct SamplerTests {
  /// How often each token is drawn.
  private func counts(
    _ logits: [Float], draws: Int = 20_000, temperature: Float = 1, topK: Int? = nil, topP: Float? = nil
  ) throws -> [Int] {
    var sampler = try Sampler(temperature: temperature, topK: topK, topP: topP, seed: 5)
    var counts = [Int](repeating: 0, count: logits.count)
    for _ in 0..<draws { counts[Int(try logits.withUnsafeBufferPointer { try sampler.next($0) })] += 1 }
    return counts
  }

  // Probabilities 0.5, 0.25, 0.15, 0.1.
  private let logits: [Float] = [0.5, 0.25, 0.15, 0.1].map { Float.log($0) }

  @Test("tokens are drawn with the probabilities of the softmax") func softmax() throws {
    for (count, probability) in zip(try counts(logits), [0.5, 0.25, 0.15, 0.1]) {
      #expect(abs(Double(count) / 20_000 - probability) < 0.015)
    }
  }

  @Test("a temperature of 2 takes the square root of the probabilities") func temperature() throws {
    let roots = [0.5, 0.25, 0.15, 0.1].map { $0.squareRoot() }
    let total = roots.reduce(0, +)
    for (count, root) in zip(try counts(logits, temperature: 2), roots) {
      #expect(abs(Double(count) / 20_000 - root / total) < 0.015)
    }
  }

  @Test("top-k keeps the k most likely") func topK() throws {
    let counts = try counts(logits, topK: 2)
    #expect(counts[2] == 0 && counts[3] == 0)
    #expect(abs(Double(counts[0]) / 20_000 - 2.0 / 3) < 0.015)
    #expect(try self.counts(logits, draws: 50, topK: 1) == [50, 0, 0, 0])
    #expect(try self.counts(logits, draws: 2000, topK: 99).allSatisfy { $0 > 0 })
  }

  @Test("top-p keeps the smallest set that reaches p") func topP() throws {
    #expect(try counts(logits, topP: 0.4)[1...].allSatisfy { $0 == 0 })
    let counts = try counts(logits, topP: 0.7)
    #expect(counts[1] > 0 && counts[2] == 0 && counts[3] == 0)
    #expect(try self.counts(logits, topP: 1).allSatisfy { $0 > 0 })
  }

  @Test("the same seed draws the same tokens") func seed() throws {
    #expect(try counts(logits, draws: 100) == counts(logits, draws: 100))
  }

  @Test("large logits do not overflow") func large() throws {
    #expect(try counts([3e38, -3e38], draws: 10, temperature: 0.001) == [10, 0])
  }

  @Test("tokens at minus infinity are never drawn") func masked() throws {
    #expect(try counts([0, -.infinity, 0], draws: 2000)[1] == 0)
  }

  @Test(
    "a row without a finite value is an error", arguments: [[Float.nan, 0], [-.infinity, -.infinity], [.infinity]])
  func notFinite(row: [Float]) throws {
    var sampler = try Sampler(temperature: 1, seed: 0)
    #expect(throws: InputError.self) { try row.withUnsafeBufferPointer { try sampler.next($0) } }
  }
}

extension Float {
  fileprivate static func log(_ x: Float) -> Float {
    // By bisection of the exponential under test: no other logarithm is at hand without a platform module.
    var low: Float = -20
    var high: Float = 20
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if exponential(middle) < Double(x) { low = middle } else { high = middle }
    }
    return low
  }
}
