#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Measured quantities as people read them: three significant digits and a unit that fits.
enum Quantity {
  /// "0.0123", "1.23", "123", "12 300": three significant digits, zeros at the end kept off.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "unknown" }
    guard value != 0 else { return "0" }
    let magnitude = Int(log10(abs(value)).rounded(.down))
    if magnitude > 15 || magnitude < -9 { return exponential(value, magnitude) }
    if magnitude >= 3 {
      let unit = pow(10, Double(magnitude - 2))
      return grouped(fixed((value / unit).rounded() * unit, 0))
    }
    return trimmed(fixed(value, max(0, 2 - magnitude)))
  }

  /// "850 ns", "12.3 µs", "4.56 ms", "1.23 s", "3 min 05 s"
  static func seconds(_ value: Double) -> String {
    guard value.isFinite, value >= 0 else { return "unknown" }
    if value >= 120 { return durationText(value) }
    if value >= 1 || value == 0 { return number(value) + " s" }
    if value >= 1e-3 { return number(value * 1e3) + " ms" }
    if value >= 1e-6 { return number(value * 1e6) + " µs" }
    return number(value * 1e9) + " ns"
  }

  /// Powers of 1000, as disks and bandwidths are counted.
  static func bytes(_ value: Double) -> String {
    guard value.isFinite, value >= 0 else { return "unknown" }
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
    var scaled = value
    var unit = 0
    while scaled >= 999.5 && unit < units.count - 1 {
      scaled /= 1000
      unit += 1
    }
    return number(scaled) + " " + units[unit]
  }

  static func percent(_ fraction: Double) -> String {
    guard fraction.isFinite else { return "unknown" }
    let value = fraction * 100
    return (abs(value) < 9.95 && value != 0 ? number((value * 10).rounded() / 10) : fixed(value, 0)) + " %"
  }

  /// "1.8 times"
  static func times(_ ratio: Double) -> String {
    guard ratio.isFinite else { return "many times" }
    return (ratio < 9.95 ? fixed(ratio, 1) : number(ratio.rounded())) + " times"
  }

  /// Short enough for an axis: "0.05", "250", "20k", "1.5M".
  static func tick(_ value: Double) -> String {
    let magnitude = abs(value)
    if magnitude >= 1e15 || (magnitude < 1e-6 && magnitude > 0) { return number(value) }
    for (limit, suffix) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")] where magnitude >= limit {
      let unit = limit == 1e4 ? 1e3 : limit
      return trimmed(fixed(value / unit, 3)) + suffix
    }
    return trimmed(fixed(value, 7))
  }

  /// With a thin space between groups of three digits.
  static func count(_ value: Int) -> String { grouped(String(value)) }

  private static func exponential(_ value: Double, _ magnitude: Int) -> String {
    trimmed(fixed(value / pow(10, Double(magnitude)), 2)) + "e\(magnitude)"
  }

  private static func grouped(_ digits: String) -> String {
    var result = ""
    let body = digits.drop { $0 == "-" }
    for (index, digit) in body.enumerated() {
      if index > 0 && (body.count - index).isMultiple(of: 3) && body.count > 4 { result += "\u{202F}" }
      result.append(digit)
    }
    return (digits.hasPrefix("-") ? "-" : "") + result
  }

  private static func trimmed(_ text: String) -> String {
    guard text.contains(".") else { return text }
    let end = text.lastIndex { $0 != "0" } ?? text.startIndex
    return String(text[end] == "." ? text[..<end] : text[...end])
  }
}
