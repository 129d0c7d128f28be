#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The number with `digits` digits after the point, correctly rounded, as C's and Python's "%.3f" write it.
func fixed(_ value: Double, _ digits: Int) -> String {
  withVaList([Int32(digits), value]) { arguments in
    // A double has at most 309 digits before its point.
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
      vsnprintf(buffer.baseAddress!, buffer.count, "%.*f", arguments)
      return String(cString: buffer.baseAddress!)
    }
  }
}

/// A number of things for people: "1 row", "2 rows".
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

/// A number of seconds for people: "37 µs", "4.2 ms", "850 ms", "12.3 s", "4 min 05 s", "2 h 03 min".
func durationText(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "unknown" }
  if seconds > 0, seconds < 0.000_999_5 { return fixed(seconds * 1e6, 0) + " µs" }
  if seconds > 0, seconds < 0.009_95 { return fixed(seconds * 1000, 1) + " ms" }
  if seconds < 1 { return fixed(seconds * 1000, 0) + " ms" }
  if seconds < 60 { return fixed(seconds, 1) + " s" }
  let whole = Int(seconds.rounded())
  func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
  if whole < 3600 { return "\(whole / 60) min \(padded(whole % 60)) s" }
  return "\(whole / 3600) h \(padded(whole % 3600 / 60)) min"
}
