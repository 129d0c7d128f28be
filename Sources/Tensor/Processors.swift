#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The processors that this process may run on.
public enum Processors {
  /// Their numbers, ascending, as they were when the process started.
  public static let allowed: [Int] = {
    #if canImport(Glibc)
      var set = cpu_set_t()
      guard sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set) == 0 else { return fallback }
      let bits = MemoryLayout<cpu_set_t>.size * 8
      let numbers = withUnsafeBytes(of: set) { bytes in
        (0..<bits).filter { bytes[$0 / 8] & (1 << UInt8($0 % 8)) != 0 }
      }
      return numbers.isEmpty ? fallback : numbers
    #else
      return fallback
    #endif
  }()

  private static var fallback: [Int] { Array(0..<max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))) }

  /// Ties the calling thread to one processor; without effect where the platform has no such call.
  static func pin(to processor: Int) {
    #if canImport(Glibc)
      var set = cpu_set_t()
      withUnsafeMutableBytes(of: &set) { $0[processor / 8] |= 1 << UInt8(processor % 8) }
      _ = pthread_setaffinity_np(pthread_self(), MemoryLayout<cpu_set_t>.size, &set)
    #endif
  }
}
