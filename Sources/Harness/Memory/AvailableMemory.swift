import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How many bytes this process can still take, and which limit says so.
public struct AvailableMemory: Sendable, Equatable {
  public var bytes: Int
  /// The tightest limit: "MemAvailable", a control group's file, "RLIMIT_AS".
  public var limit: String

  public init(bytes: Int, limit: String) {
    self.bytes = bytes
    self.limit = limit
  }

  /// The tightest of the machine's free memory, the limits of all control groups around this process and its own
  /// address-space limit; `nil` when none can be read.
  ///
  /// - Parameter root: where /proc and /sys are looked for; "" on a real machine.
  public static func now(root: String = "") -> AvailableMemory? {
    var candidates: [AvailableMemory] = []
    if let information = SystemFile.text(root + "/proc/meminfo"), let bytes = kilobytes("MemAvailable", in: information)
    {
      candidates.append(AvailableMemory(bytes: bytes, limit: "MemAvailable of /proc/meminfo"))
    }
    candidates += ControlGroup.all(root: root).compactMap { $0.available() }
    if root.isEmpty, let bytes = addressSpaceLeft() {
      candidates.append(AvailableMemory(bytes: bytes, limit: "the address-space limit (ulimit -v)"))
    }
    return candidates.min { $0.bytes < $1.bytes }
  }

  /// A "Key:  123 kB" line in bytes.
  static func kilobytes(_ key: String, in text: String) -> Int? {
    guard let value = SystemFile.field(key, in: text)?.split(separator: " ").first.flatMap({ Int($0) }) else {
      return nil
    }
    return value.multipliedReportingOverflow(by: 1024).overflow ? nil : value * 1024
  }

  private static func addressSpaceLeft() -> Int? {
    var limit = rlimit()
    #if canImport(Glibc)
      let status = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    #else
      let status = getrlimit(RLIMIT_AS, &limit)
    #endif
    // An unlimited address space reads as a number beyond what Int holds.
    guard status == 0, let total = Int(exactly: limit.rlim_cur), total < .max else { return nil }
    let used = SystemFile.text("/proc/self/status").flatMap { kilobytes("VmSize", in: $0) } ?? 0
    return max(0, total - used)
  }
}
