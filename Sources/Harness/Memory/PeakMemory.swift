#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The process's peak of resident memory.
enum PeakMemory {
  /// Starts a new peak at the present resident size. `false` where the platform cannot: the peak then is the process's.
  static func reset() -> Bool {
    #if os(Linux)
      let file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
      guard file >= 0 else { return false }
      defer { close(file) }
      return write(file, "5", 1) == 1
    #else
      return false
    #endif
  }

  /// Bytes at the peak since the last `reset()` that succeeded; `nil` when unknown.
  static func bytes() -> Int? {
    if let status = SystemFile.text("/proc/self/status"), let peak = AvailableMemory.kilobytes("VmHWM", in: status) {
      return peak
    }
    var usage = rusage()
    #if canImport(Glibc)
      guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return nil }
      return usage.ru_maxrss * 1024
    #else
      guard getrusage(RUSAGE_SELF, &usage) == 0 else { return nil }
      // Darwin counts bytes, Linux kilobytes.
      return Int(usage.ru_maxrss)
    #endif
  }
}
