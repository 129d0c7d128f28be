/// What the splitting rules of tokenizers ask about a scalar.
struct ScalarProperties {
  let value: UInt32
  /// One bit, of the scalar's general category.
  let category: CategorySet

  /// Scalars assigned after Unicode 16 count as unassigned: the reference implementation's tables end there, and ids
  /// must be equal to its ids.
  init(_ value: UInt32) {
    self.value = value
    guard let scalar = Unicode.Scalar(value), let age = scalar.properties.age, age.major <= 16 else {
      category = .unassigned
      return
    }
    // The pharyngeal fricative lost its case in Unicode 17.
    category = value == 0x295 ? CategorySet(.lowercaseLetter) : CategorySet(scalar.properties.generalCategory)
  }

  /// The White_Space property.
  static func isWhitespace(_ value: UInt32) -> Bool {
    switch value {
    case 0x20, 0x09...0x0D, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
    default: false
    }
  }

  /// Letters, marks, decimal digits and connectors such as `_`.
  var isWord: Bool {
    if !category.isDisjoint(with: .word) { return true }
    guard !category.isDisjoint(with: .maybeAlphabetic), let scalar = Unicode.Scalar(value) else { return false }
    return scalar.properties.isAlphabetic
  }

  /// ASCII's punctuation and symbols, and the scalars that Unicode 8 calls punctuation.
  var isPunctuation: Bool {
    switch value {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: return true
    case 0..<0x80: return false
    // Punctuation in Unicode 8, a symbol and a mark since.
    case 0x166D, 0x111C9: return true
    default:
      guard !category.isDisjoint(with: .punctuation), let age = Unicode.Scalar(value)?.properties.age else {
        return false
      }
      return age.major <= 8 && value != 0x0A76
    }
  }

  /// Any kind of number, as in `²` and `Ⅷ`.
  var isNumeric: Bool { !category.isDisjoint(with: .number) }
}

/// A set of general categories.
struct CategorySet: OptionSet, Hashable, Sendable {
  var rawValue: UInt32

  static let unassigned = CategorySet(.unassigned)
  static let letter: CategorySet = [
    CategorySet(.uppercaseLetter), CategorySet(.lowercaseLetter), CategorySet(.titlecaseLetter),
    CategorySet(.modifierLetter), CategorySet(.otherLetter),
  ]
  static let mark: CategorySet = [
    CategorySet(.nonspacingMark), CategorySet(.spacingMark), CategorySet(.enclosingMark),
  ]
  static let number: CategorySet = [
    CategorySet(.decimalNumber), CategorySet(.letterNumber), CategorySet(.otherNumber),
  ]
  static let punctuation: CategorySet = [
    CategorySet(.connectorPunctuation), CategorySet(.dashPunctuation), CategorySet(.openPunctuation),
    CategorySet(.closePunctuation), CategorySet(.initialPunctuation), CategorySet(.finalPunctuation),
    CategorySet(.otherPunctuation),
  ]
  static let symbol: CategorySet = [
    CategorySet(.mathSymbol), CategorySet(.currencySymbol), CategorySet(.modifierSymbol), CategorySet(.otherSymbol),
  ]
  static let separator: CategorySet = [
    CategorySet(.spaceSeparator), CategorySet(.lineSeparator), CategorySet(.paragraphSeparator),
  ]
  static let other: CategorySet = [
    CategorySet(.control), CategorySet(.format), CategorySet(.surrogate), CategorySet(.privateUse),
    CategorySet(.unassigned),
  ]
  static let word: CategorySet = letter.union(mark).union([
    CategorySet(.decimalNumber), CategorySet(.letterNumber), CategorySet(.connectorPunctuation),
  ])
  /// Categories of which some members are alphabetic.
  static let maybeAlphabetic: CategorySet = [CategorySet(.otherSymbol)]

  init(rawValue: UInt32) { self.rawValue = rawValue }

  init(_ category: Unicode.GeneralCategory) {
    let bit: UInt32 =
      switch category {
      case .uppercaseLetter: 0
      case .lowercaseLetter: 1
      case .titlecaseLetter: 2
      case .modifierLetter: 3
      case .otherLetter: 4
      case .nonspacingMark: 5
      case .spacingMark: 6
      case .enclosingMark: 7
      case .decimalNumber: 8
      case .letterNumber: 9
      case .otherNumber: 10
      case .connectorPunctuation: 11
      case .dashPunctuation: 12
      case .openPunctuation: 13
      case .closePunctuation: 14
      case .initialPunctuation: 15
      case .finalPunctuation: 16
      case .otherPunctuation: 17
      case .mathSymbol: 18
      case .currencySymbol: 19
      case .modifierSymbol: 20
      case .otherSymbol: 21
      case .spaceSeparator: 22
      case .lineSeparator: 23
      case .paragraphSeparator: 24
      case .control: 25
      case .format: 26
      case .surrogate: 27
      case .privateUse: 28
      case .unassigned: 29
      @unknown default: 29
      }
    rawValue = 1 << bit
  }

  /// The set that `\p{name}` names: general categories, short or long.
  init?(propertyName name: String) {
    let key = name.lowercased().filter { $0 != "_" && $0 != " " && $0 != "-" }
    guard let set = Self.named[key] else { return nil }
    self = set
  }

  private static let groups: [(short: String, long: String, set: CategorySet)] = [
    ("l", "letter", letter), ("m", "mark", mark), ("n", "number", number), ("p", "punctuation", punctuation),
    ("s", "symbol", symbol), ("z", "separator", separator), ("c", "other", other),
  ]

  private static let categories: [(short: String, long: String, category: Unicode.GeneralCategory)] = [
    ("lu", "uppercaseletter", .uppercaseLetter), ("ll", "lowercaseletter", .lowercaseLetter),
    ("lt", "titlecaseletter", .titlecaseLetter), ("lm", "modifierletter", .modifierLetter),
    ("lo", "otherletter", .otherLetter), ("mn", "nonspacingmark", .nonspacingMark),
    ("mc", "spacingmark", .spacingMark), ("me", "enclosingmark", .enclosingMark),
    ("nd", "decimalnumber", .decimalNumber), ("nl", "letternumber", .letterNumber), ("no", "othernumber", .otherNumber),
    ("pc", "connectorpunctuation", .connectorPunctuation), ("pd", "dashpunctuation", .dashPunctuation),
    ("ps", "openpunctuation", .openPunctuation), ("pe", "closepunctuation", .closePunctuation),
    ("pi", "initialpunctuation", .initialPunctuation), ("pf", "finalpunctuation", .finalPunctuation),
    ("po", "otherpunctuation", .otherPunctuation), ("sm", "mathsymbol", .mathSymbol),
    ("sc", "currencysymbol", .currencySymbol), ("sk", "modifiersymbol", .modifierSymbol),
    ("so", "othersymbol", .otherSymbol), ("zs", "spaceseparator", .spaceSeparator),
    ("zl", "lineseparator", .lineSeparator), ("zp", "paragraphseparator", .paragraphSeparator),
    ("cc", "control", .control), ("cf", "format", .format), ("co", "privateuse", .privateUse),
    ("cn", "unassigned", .unassigned),
  ]

  private static let named: [String: CategorySet] = {
    var named: [String: CategorySet] = [:]
    for (short, long, set) in groups {
      named[short] = set
      named[long] = set
    }
    for (short, long, category) in categories {
      named[short] = CategorySet(category)
      named[long] = CategorySet(category)
    }
    return named
  }()
}
