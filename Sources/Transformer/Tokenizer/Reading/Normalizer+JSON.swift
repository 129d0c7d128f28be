extension Normalizer {
  private static let known = [
    "Sequence", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Strip", "Prepend", "Replace", "ByteLevel",
  ]

  /// Reads the `normalizer` of a tokenizer.json; `nil` for null.
  static func read(
    _ value: ConfigurationValue?, path: [String], depth: Int = 0
  ) throws(InputError) -> Normalizer? {
    guard let value, value != .null else { return nil }
    var reader = try ComponentReader(value, path: path)
    let normalizer: Normalizer
    switch reader.type {
    case "Sequence":
      let rules = try reader.list("normalizers", depth: depth) { (value, path) throws(InputError) in
        try read(value, path: path, depth: depth + 1)
      }
      normalizer = .sequence(rules.compactMap { $0 })
    case "Lowercase": normalizer = .lowercase
    case "StripAccents": normalizer = .stripAccents
    case "ByteLevel": normalizer = .byteLevel
    case "Strip":
      normalizer = .strip(
        left: try reader.boolean("strip_left", default: true), right: try reader.boolean("strip_right", default: true))
    case "Prepend": normalizer = .prepend(Array(try reader.text("prepend").utf8))
    case "Replace":
      normalizer = .replace(try reader.replacedPattern(), with: Array(try reader.text("content").utf8))
    default:
      guard let form = NormalizationForm(rawValue: reader.type) else {
        throw reader.unsupported("normalizer", known: known)
      }
      normalizer = .form(form)
    }
    try reader.finish()
    return normalizer
  }
}
