import Transformer

/// Prompts of random token ids.
enum RandomPrompts {
  /// Draws prompts, [batch][length], with ids in [0, vocabularySize − 1): the last id is never drawn, as in the
  /// original, whose `randint` excludes its upper bound.
  ///
  /// Each sequence has a stream of its own, so a prompt depends on the seed, its place in the batch and its vocabulary
  /// alone: not on the rest of the grid, and a longer prompt begins with the shorter one.
  static func draw(batchSize: Int, length: Int, vocabularySize: Int, seed: UInt64) throws -> [[Int32]] {
    guard vocabularySize >= 2, vocabularySize <= Int(Int32.max) else {
      throw InputError(
        path: ["model", "vocab_size"], problem: "is \(vocabularySize); random prompts need 2 to \(Int32.max) tokens",
        cure: "Use a larger vocabulary or give prompts.")
    }
    return (0..<batchSize).map { sequence in
      var random = SplitMix64(seed: seed, stream: UInt64(sequence))
      return (0..<length).map { _ in Int32(random.next(below: vocabularySize - 1)) }
    }
  }
}
