extension ModelConfiguration {
  /// Slots of a KV cache that a session needs for sequences of `length` tokens, and no more: a cache of `max_seq_len`
  /// slots for each of 64 sequences would take ten times the memory of the weights.
  ///
  /// A sequence beyond its sliding window needs that and room for the largest forward pass.
  public func cacheCapacity(length: Int) -> Int {
    guard let slidingWindow else { return length }
    return min(length, slidingWindow + SessionLayout.chunkRows)
  }
}
