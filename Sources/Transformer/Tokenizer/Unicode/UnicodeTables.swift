/// The data behind normal forms, read from its written form when it is first asked for.
struct UnicodeTables: Sendable {
  static let shared = UnicodeTables()

  /// Full canonical decompositions, without Hangul syllables, which are computed.
  private(set) var canonical: [UInt32: [UInt32]] = [:]
  /// Full compatibility decompositions that differ from the canonical ones.
  private(set) var compatibility: [UInt32: [UInt32]] = [:]
  private(set) var combiningClasses: [UInt32: UInt8] = [:]
  /// What a starter and a following scalar compose to; the key is both, the starter in the upper half.
  private(set) var compositions: [UInt64: UInt32] = [:]

  private init() {
    var steps: [UInt32: [UInt32]] = [:]
    for entry in Self.entries(Self.canonicalDecompositions) { steps[entry[0]] = Array(entry[1...]) }
    for scalar in steps.keys { canonical[scalar] = Self.full(scalar, steps) }
    for entry in Self.entries(Self.compatibilityDecompositions) { compatibility[entry[0]] = Array(entry[1...]) }
    for entry in Self.entries(Self.combiningClasses) {
      for scalar in entry[0]..<entry[0] + entry[2] { combiningClasses[scalar] = UInt8(entry[1]) }
    }
    let excluded = Set(Self.entries(Self.compositionExclusions).map { $0[0] })
    for (scalar, step) in steps where step.count == 2 && !excluded.contains(scalar) {
      compositions[UInt64(step[0]) << 32 | UInt64(step[1])] = scalar
    }
  }

  private static func full(_ scalar: UInt32, _ steps: [UInt32: [UInt32]]) -> [UInt32] {
    guard let step = steps[scalar] else { return [scalar] }
    // Only the first of two decomposes again.
    return full(step[0], steps) + step[1...]
  }

  /// Entries of a table, each with its scalar in front.
  private static func entries(_ table: StaticString) -> [[UInt32]] {
    var entries: [[UInt32]] = []
    var entry: [UInt32] = []
    var number: UInt32 = 0
    var previous: UInt32 = 0
    for byte in UnsafeBufferPointer(start: table.utf8Start, count: table.utf8CodeUnitCount) {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number * 36 + UInt32(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "z"): number = number * 36 + UInt32(byte - UInt8(ascii: "a")) + 10
      default:
        entry.append(number)
        number = 0
        guard byte == UInt8(ascii: ";") else { continue }
        entry[0] += previous
        previous = entry[0]
        entries.append(entry)
        entry.removeAll(keepingCapacity: true)
      }
    }
    return entries
  }
}
