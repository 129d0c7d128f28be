extension Sweep {
  /// Everything that decides what one trial measures, one `key = value` a line.
  ///
  /// The grid is left out: a trial's name says which point of it was measured, so a sweep may be resumed with a longer
  /// grid. The walk over the stored properties includes those that are added later.
  public var resolvedText: String {
    var sweep = self
    (sweep.batchSizes, sweep.inputLengths, sweep.outputLengths) = ([], [], [])
    // Rows say themselves which engine they come from; others may join later.
    (sweep.engines, sweep.engineTimeout, sweep.engineRounds) = ([], 0, 0)
    var lines: [String] = []
    Self.append(sweep, key: "", to: &lines)
    return lines.joined(separator: "\n")
  }

  /// 16 hexadecimal digits that are the same for two sweeps whose results may stand in one file.
  public var fingerprint: String {
    let digits = String(FNV1a.hash(resolvedText.utf8), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func append(_ value: Any, key: String, to lines: inout [String]) {
    let mirror = Mirror(reflecting: value)
    if mirror.displayStyle == .optional {
      guard let wrapped = mirror.children.first?.value else { return lines.append("\(key) = nil") }
      return append(wrapped, key: key, to: &lines)
    }
    // An empty list has no children but is no leaf.
    if mirror.displayStyle == .collection, mirror.children.isEmpty { return }
    guard !mirror.children.isEmpty else { return lines.append("\(key) = \(value)") }
    for (index, child) in mirror.children.enumerated() {
      // Unlabelled payloads are called ".0".
      let label = child.label.map { $0.filter { $0 != "." } } ?? "\(index)"
      append(child.value, key: key.isEmpty ? label : "\(key).\(label)", to: &lines)
    }
  }
}

/// The 64-bit FNV-1a hash (Fowler, Noll, Vo): stable between runs and machines, unlike `Hasher`.
enum FNV1a {
  static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }
}
