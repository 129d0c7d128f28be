import Transformer

extension ModelConfiguration {
  /// Slots of a KV cache that holds sequences of `length` tokens and no more: a cache of `max_seq_len` slots for each of
  /// 64 sequences would take ten times the memory of the weights. A sliding window needs its own width at least.
  func cacheCapacity(length: Int) -> Int {
    guard let slidingWindow else { return length }
    return max(length, min(slidingWindow, maximumSequenceLength))
  }
}
