/// Puts special tokens around a sequence: tokenizer.json's `post_processor`.
struct PostProcessor: Sendable {
  /// What stands before and behind the sequence.
  var prefix: [Int32] = []
  var suffix: [Int32] = []

  /// Both around another processor's.
  func around(_ inner: PostProcessor) -> PostProcessor {
    PostProcessor(prefix: prefix + inner.prefix, suffix: inner.suffix + suffix)
  }
}
