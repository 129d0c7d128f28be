#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Numbers for people.
enum NumberFormat {
  /// With `digits` digits after the point, correctly rounded.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    withVaList([Int32(digits), value]) { arguments in
      withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
        vsnprintf(buffer.baseAddress!, buffer.count, "%.*f", arguments)
        return String(cString: buffer.baseAddress!)
      }
    }
  }

  /// With three significant digits at least, "–" for none.
  static func significant(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "–" }
    return fixed(value, abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2)
  }

  /// "1.23 ms", "45.6 µs".
  static func duration(_ seconds: Double) -> String {
    if seconds < 1e-6 { return significant(seconds * 1e9) + " ns" }
    if seconds < 1e-3 { return significant(seconds * 1e6) + " µs" }
    if seconds < 1 { return significant(seconds * 1e3) + " ms" }
    return significant(seconds) + " s"
  }

  static func percent(_ fraction: Double?) -> String { fraction.map { fixed($0 * 100, 0) + " %" } ?? "–" }
}
