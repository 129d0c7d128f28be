import Builtin

/// Fetches the cache lines of `bytes` bytes at `p` into the second-level cache.
@inline(__always) func prefetch(_ p: UnsafeRawPointer, _ bytes: Int) {
  var offset = 0
  while offset < bytes {
    Builtin.int_prefetch_RawPointer((p + offset)._rawValue, Int32(0)._value, Int32(2)._value, Int32(1)._value)
    offset &+= 64
  }
}
