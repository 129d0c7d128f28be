#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The monotonic clock.
enum Clock {
  /// Seconds since some moment before the process began.
  static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Seconds that `body` takes.
  static func seconds(_ body: () -> Void) -> Double {
    let start = now()
    body()
    return now() - start
  }
}
