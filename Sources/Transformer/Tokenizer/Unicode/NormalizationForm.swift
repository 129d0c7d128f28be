/// Unicode's normal forms (Unicode Standard Annex 15).
///
/// Time is linear in the text but for runs of combining marks, which are sorted. Stored tables instead of the standard
/// library's own: ids must not depend on the Unicode version of a toolchain.
enum NormalizationForm: String, Sendable {
  case nfc = "NFC"
  case nfd = "NFD"
  case nfkc = "NFKC"
  case nfkd = "NFKD"

  private var composes: Bool { self == .nfc || self == .nfkc }
  private var isCompatible: Bool { self == .nfkc || self == .nfkd }

  /// `bytes`, valid UTF-8, in this form.
  func apply(_ bytes: [UInt8]) -> [UInt8] {
    // No scalar below U+0300 changes in NFC, nor below U+0080 in any form; most text ends here.
    let firstLead: UInt8 = self == .nfc ? 0xCC : 0x80
    guard bytes.contains(where: { $0 >= firstLead }) else { return bytes }
    let tables = UnicodeTables.shared
    var scalars: [UInt32] = []
    scalars.reserveCapacity(bytes.count)
    UTF8Cursor.forEach(bytes) { decompose($0, into: &scalars, tables) }
    Self.order(&scalars, tables)
    if composes { Self.compose(&scalars, tables) }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 8)
    for scalar in scalars { UTF8Cursor.append(scalar, to: &result) }
    return result
  }

  private func decompose(_ scalar: UInt32, into scalars: inout [UInt32], _ tables: UnicodeTables) {
    if scalar < 0x80 { return scalars.append(scalar) }
    if Hangul.syllables.contains(scalar) { return Hangul.decompose(scalar, into: &scalars) }
    if isCompatible, let decomposition = tables.compatibility[scalar] {
      scalars += decomposition
    } else if let decomposition = tables.canonical[scalar] {
      scalars += decomposition
    } else {
      scalars.append(scalar)
    }
  }

  /// Sorts each run of combining marks by class, equals in the order they stand.
  private static func order(_ scalars: inout [UInt32], _ tables: UnicodeTables) {
    var index = 0
    while index < scalars.count {
      guard combiningClass(scalars[index], tables) != 0 else {
        index += 1
        continue
      }
      let start = index
      while index < scalars.count, combiningClass(scalars[index], tables) != 0 { index += 1 }
      guard index - start > 1 else { continue }
      let marks = scalars[start..<index].enumerated().sorted {
        (combiningClass($0.element, tables), $0.offset) < (combiningClass($1.element, tables), $1.offset)
      }
      scalars.replaceSubrange(start..<index, with: marks.map(\.element))
    }
  }

  private static func compose(_ scalars: inout [UInt32], _ tables: UnicodeTables) {
    var kept = 0
    var starter: Int?
    // Class of the last scalar kept after the starter; -1 right behind it.
    var last = -1
    for scalar in scalars {
      let combining = Int(combiningClass(scalar, tables))
      if let place = starter, last < combining || last == -1,
        let composed = Hangul.compose(scalars[place], scalar)
          ?? tables.compositions[UInt64(scalars[place]) << 32 | UInt64(scalar)]
      {
        scalars[place] = composed
        continue
      }
      if combining == 0 {
        starter = kept
        last = -1
      } else {
        last = combining
      }
      scalars[kept] = scalar
      kept += 1
    }
    scalars.removeLast(scalars.count - kept)
  }

  @inline(__always)
  private static func combiningClass(_ scalar: UInt32, _ tables: UnicodeTables) -> UInt8 {
    scalar < 0x300 ? 0 : tables.combiningClasses[scalar] ?? 0
  }
}

/// Syllables of Hangul, whose decomposition is arithmetic (The Unicode Standard, section 3.12).
private enum Hangul {
  static let syllables: ClosedRange<UInt32> = 0xAC00...0xD7A3
  private static let leading: UInt32 = 0x1100
  private static let vowel: UInt32 = 0x1161
  private static let trailing: UInt32 = 0x11A7

  static func decompose(_ syllable: UInt32, into scalars: inout [UInt32]) {
    let index = syllable - syllables.lowerBound
    scalars.append(leading + index / 588)
    scalars.append(vowel + index % 588 / 28)
    if index % 28 != 0 { scalars.append(trailing + index % 28) }
  }

  static func compose(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if (leading..<leading + 19).contains(first), (vowel..<vowel + 21).contains(second) {
      return syllables.lowerBound + ((first - leading) * 21 + second - vowel) * 28
    }
    if syllables.contains(first), (first - syllables.lowerBound) % 28 == 0,
      (trailing + 1..<trailing + 28).contains(second)
    {
      return first + second - trailing
    }
    return nil
  }
}
