#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The time of day, UTC.
enum Timestamp {
  /// ISO 8601: "2025-01-31T09:05:00Z".
  static func now() -> String { format("%Y-%m-%dT%H:%M:%SZ") }

  /// "20250131T090500Z": names that sort by time.
  static func folderName() -> String { format("%Y%m%dT%H%M%SZ") }

  private static func format(_ pattern: String) -> String {
    var seconds = time(nil)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      strftime(buffer.baseAddress!, buffer.count, pattern, &parts)
      return String(cString: buffer.baseAddress!)
    }
  }
}
