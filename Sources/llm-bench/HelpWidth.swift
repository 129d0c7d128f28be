#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How wide help is.
enum HelpWidth {
  /// Makes `COLUMNS`, where it is set, a width that the parser can wrap to: it leaves out texts that have no room, and a
  /// number too small for it is a trap.
  static func prepare() {
    guard let text = getenv("COLUMNS") else { return }
    let columns = Int(String(cString: text)) ?? 80
    setenv("COLUMNS", "\(min(max(columns, 60), 1000))", 1)
  }
}
