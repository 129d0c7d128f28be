extension RegexParser {
  /// What stands between `[`, which has been read, and its `]`: `[a-z]`, `[^…]`, nested classes, `&&`, `[:alpha:]`.
  mutating func characterClass() throws(RegexError) -> ScalarSet {
    let isNegated = take("^")
    var intersected: [ScalarSet] = []
    var members: [ScalarSet] = []
    var isFirst = true
    while true {
      // A bracket that would close an empty class is a member.
      if next == "]", !isFirst {
        position += 1
        break
      }
      isFirst = false
      if take("&&") {
        intersected.append(.joining(members))
        members = []
      } else if take("[:") {
        members.append(try posixClass())
      } else if take("[") {
        members.append(try nested { (parser) throws(RegexError) in try parser.characterClass() })
      } else {
        members.append(try memberOrRange())
      }
    }
    let last = ScalarSet.joining(members)
    let set = intersected.isEmpty ? last : .intersection(intersected + [last])
    return isNegated ? .complement(set) : set
  }

  private mutating func memberOrRange() throws(RegexError) -> ScalarSet {
    let low = try member()
    guard case .ranges(let lows) = low, lows.count == 1, lows[0].count == 1, next == "-" else { return low }
    let start = position
    position += 1
    // A dash before the end of the class, or before a class, is a dash.
    if next == "]" || next == "[" || next == nil {
      position = start
      return low
    }
    let high = try member()
    guard case .ranges(let highs) = high, highs.count == 1, highs[0].count == 1 else {
      return .union([low, .scalar(0x2D), high])
    }
    guard lows[0].lowerBound <= highs[0].lowerBound else {
      throw RegexError(problem: "a range of characters ends before it begins")
    }
    return .ranges([lows[0].lowerBound...highs[0].lowerBound])
  }

  private mutating func member() throws(RegexError) -> ScalarSet {
    let scalar = try takeScalar("']'")
    if scalar == "\\" {
      if next == "b" {
        position += 1
        return .scalar(0x08)
      }
      return try escapedSet()
    }
    return .scalar(scalar.value)
  }

  /// What follows a backslash, inside a class or outside.
  ///
  /// - Parameter word: what `\w` stands for.
  mutating func escapedSet(word: ScalarSet = .word) throws(RegexError) -> ScalarSet {
    let scalar = try takeScalar("an escape")
    switch scalar {
    case "s": return .whitespace
    case "S": return .complement(.whitespace)
    case "d": return .categories(CategorySet(.decimalNumber))
    case "D": return .complement(.categories(CategorySet(.decimalNumber)))
    case "w": return word
    case "W": return .complement(word)
    case "h": return .ranges(Self.hexadecimalDigits)
    case "H": return .complement(.ranges(Self.hexadecimalDigits))
    case "p": return try property(negated: false, word: word)
    case "P": return try property(negated: true, word: word)
    case "t": return .scalar(0x09)
    case "n": return .scalar(0x0A)
    case "v": return .scalar(0x0B)
    case "f": return .scalar(0x0C)
    case "r": return .scalar(0x0D)
    case "a": return .scalar(0x07)
    case "e": return .scalar(0x1B)
    case "x":
      if take("{") {
        let value = try hexadecimal(atMost: 8)
        guard take("}") else { throw RegexError(problem: "an escape has no '}'") }
        return try checked(value)
      }
      let value = try hexadecimal(atMost: 2)
      guard value < 0x80 else {
        throw RegexError(problem: "an escape without braces names a byte of a character, not a character")
      }
      return .scalar(value)
    case "u": return try checked(try hexadecimal(atMost: 4))
    case "0"..."9", "A"..."Z", "a"..."z":
      throw RegexError(problem: "the escape \(quoted("\\" + String(scalar))) is not supported")
    default: return .scalar(scalar.value)
    }
  }

  private static let hexadecimalDigits: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x46, 0x61...0x66]

  private func checked(_ value: UInt32) throws(RegexError) -> ScalarSet {
    guard Unicode.Scalar(value) != nil else { throw RegexError(problem: "an escape names no character") }
    return .scalar(value)
  }

  private mutating func hexadecimal(atMost limit: Int) throws(RegexError) -> UInt32 {
    var value: UInt32 = 0
    var count = 0
    while count < limit, let scalar = next, scalar.isASCII, let digit = Character(scalar).hexDigitValue {
      value = value << 4 | UInt32(digit)
      count += 1
      position += 1
    }
    guard count > 0 else { throw RegexError(problem: "an escape has no hexadecimal digits") }
    return value
  }

  /// `{L}`, `{^Lu}`
  private mutating func property(negated: Bool, word: ScalarSet) throws(RegexError) -> ScalarSet {
    guard take("{") else {
      throw RegexError(problem: "a property's name must stand in braces")
    }
    let isNegated = take("^") != negated
    var name = ""
    while true {
      let scalar = try takeScalar("'}' after a property's name")
      if scalar == "}" { break }
      name.unicodeScalars.append(scalar)
    }
    let set = try Self.property(name, word: word)
    return isNegated ? .complement(set) : set
  }

  private static func property(_ name: String, word: ScalarSet = .word) throws(RegexError) -> ScalarSet {
    if let categories = CategorySet(propertyName: name) { return .categories(categories) }
    switch name.lowercased() {
    case "any": return .all
    case "digit": return .categories(CategorySet(.decimalNumber))
    case "space", "white_space", "whitespace": return .whitespace
    case "word": return word
    case "ascii": return .ranges([0...0x7F])
    default: throw RegexError(problem: "the property \(quoted(name)) is not supported")
    }
  }

  /// What follows `[:`.
  private mutating func posixClass() throws(RegexError) -> ScalarSet {
    let isNegated = take("^")
    var name = ""
    while !take(":]") {
      name.unicodeScalars.append(try takeScalar("':]'"))
      if name.count > 16 { throw RegexError(problem: "'[:' begins no known class") }
    }
    // Of the others some mean another set here than as a property.
    guard ["digit", "space", "word", "ascii"].contains(name) else {
      throw RegexError(problem: "the class \(quoted("[:" + name + ":]")) is not supported")
    }
    let set = try Self.property(name)
    return isNegated ? .complement(set) : set
  }
}
