/// The keys and values of one head at consecutive positions: rows of a KV cache that lie one after another.
public struct KeyValueRun {
  /// The first key, [count][head stride] in the cache's dtype.
  public var keys: UnsafeRawPointer
  /// The first value, likewise.
  public var values: UnsafeRawPointer
  /// Absolute position of the first.
  public var firstPosition: Int
  /// Positions of the run.
  public var count: Int

  public init(keys: UnsafeRawPointer, values: UnsafeRawPointer, firstPosition: Int, count: Int) {
    self.keys = keys
    self.values = values
    self.firstPosition = firstPosition
    self.count = count
  }
}
