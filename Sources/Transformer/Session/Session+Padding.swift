extension Session {
  /// Processes a padded batch: rows of one length and a mask that is true where a row holds a token, as transformers'
  /// `generate` takes them.
  ///
  /// Padding is left out, on whichever side it stands: positions count the tokens of each sequence alone and nothing
  /// attends to padding, so every sequence gets the logits that it would get by itself. Afterwards `lengths` holds the
  /// number of tokens without padding, and `decode` goes on from there.
  ///
  /// - Parameters:
  ///   - rows: [batch size][length]; what stands at masked places is not looked at.
  ///   - attentionMask: [batch size][length].
  /// - Throws: `InputError` when shapes differ or a row is all padding, and as `prefill` does.
  public func prefill(padded rows: [[Int32]], attentionMask: [[Bool]]) throws {
    guard rows.count == batchSize, attentionMask.count == batchSize else {
      throw InputError(
        problem: "\(rows.count) rows and \(attentionMask.count) masks for a batch of \(batchSize)",
        cure: "Give one of each for each sequence.")
    }
    try prefill(
      zip(rows, attentionMask).enumerated().map { index, pair in
        guard pair.0.count == pair.1.count else {
          throw InputError(
            problem: "row \(index + 1) has \(pair.0.count) tokens and a mask of \(pair.1.count)",
            cure: "Make them equally long.")
        }
        return zip(pair.0, pair.1).filter { $0.1 }.map { $0.0 }
      })
  }
}
