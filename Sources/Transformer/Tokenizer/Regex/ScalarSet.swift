/// A set of Unicode scalars as a regular expression names it.
indirect enum ScalarSet: Hashable, Sendable {
  /// Sorted, without overlaps.
  case ranges([ClosedRange<UInt32>])
  case categories(CategorySet)
  case whitespace
  case word
  case union([ScalarSet])
  case intersection([ScalarSet])
  case complement(ScalarSet)

  static let all = ScalarSet.complement(.ranges([]))

  /// The union of `sets`: ranges become one list, sorted and without overlaps, which is searched in few steps.
  static func joining(_ sets: [ScalarSet]) -> ScalarSet {
    var ranges: [ClosedRange<UInt32>] = []
    var others: [ScalarSet] = []
    for set in sets {
      if case .ranges(let some) = set { ranges += some } else { others.append(set) }
    }
    let list = ScalarSet.ranges(Self.merged(ranges))
    return others.isEmpty ? list : .union([list] + others)
  }

  private static func merged(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
    var result: [ClosedRange<UInt32>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = result.last, range.lowerBound <= last.upperBound + 1 {
        result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        result.append(range)
      }
    }
    return result
  }

  private static func contains(_ value: UInt32, _ ranges: [ClosedRange<UInt32>]) -> Bool {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < value { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].contains(value)
  }

  static func scalar(_ value: UInt32) -> ScalarSet { .ranges([value...value]) }

  func contains(_ scalar: ScalarProperties) -> Bool {
    switch self {
    case .ranges(let ranges): Self.contains(scalar.value, ranges)
    case .categories(let categories): !categories.isDisjoint(with: scalar.category)
    case .whitespace: ScalarProperties.isWhitespace(scalar.value)
    case .word: scalar.isWord
    case .union(let sets): sets.contains { $0.contains(scalar) }
    case .intersection(let sets): sets.allSatisfy { $0.contains(scalar) }
    case .complement(let set): !set.contains(scalar)
    }
  }

  /// The set with both cases of each letter of ASCII in it, see `CaseFolds`.
  var ignoringCase: ScalarSet {
    switch self {
    case .ranges(let ranges):
      var all = ranges
      for range in ranges {
        for value in range { all += Self.caseVariants(value).map { $0...$0 } }
      }
      return .ranges(Self.merged(all))
    case .union(let sets): return .union(sets.map(\.ignoringCase))
    case .intersection(let sets): return .intersection(sets.map(\.ignoringCase))
    case .complement(let set): return .complement(set.ignoringCase)
    case .whitespace, .word, .categories: return self
    }
  }

  private static func caseVariants(_ value: UInt32) -> [UInt32] {
    // The long s and the sign of the unit kelvin fold to ASCII letters, and no simple mapping leads from these to them.
    switch value {
    case 0x53, 0x73: return [0x53, 0x73, 0x17F]
    case 0x4B, 0x6B: return [0x4B, 0x6B, 0x212A]
    default: break
    }
    guard let scalar = Unicode.Scalar(value) else { return [] }
    let mapped = [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping]
    return mapped.compactMap { text in
      let scalars = text.unicodeScalars
      return scalars.count == 1 ? scalars.first!.value : nil
    }
  }
}
