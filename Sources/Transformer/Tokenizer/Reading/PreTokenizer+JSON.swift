extension PreTokenizer {
  private static let known = [
    "Sequence", "ByteLevel", "Metaspace", "Split", "Whitespace", "WhitespaceSplit", "Digits", "Punctuation",
    "CharDelimiterSplit",
  ]

  /// Words and runs of other text; the joiners are parts of words here.
  private static let wordPattern = #"[\w\x{200C}\x{200D}]+|[^\w\x{200C}\x{200D}\s]+"#

  /// Reads the `pre_tokenizer` of a tokenizer.json; `nil` for null.
  static func read(
    _ value: ConfigurationValue?, path: [String], depth: Int = 0
  ) throws(InputError) -> PreTokenizer? {
    guard let value, value != .null else { return nil }
    var reader = try ComponentReader(value, path: path)
    let rule: PreTokenizer
    switch reader.type {
    case "Sequence":
      let rules = try reader.list("pretokenizers", depth: depth) { (value, path) throws(InputError) in
        try read(value, path: path, depth: depth + 1)
      }
      rule = .sequence(rules.compactMap { $0 })
    case "ByteLevel":
      reader.ignore("trim_offsets")
      rule = .byteLevel(
        addsPrefixSpace: try reader.boolean("add_prefix_space", default: true),
        pattern: try reader.boolean("use_regex", default: true)
          ? try TextPattern(regex: gpt2Pattern, path: path) : nil)
    case "Metaspace":
      reader.ignore("str_rep")
      rule = .metaspace(
        replacement: try reader.scalar("replacement", default: "\u{2581}"), prefix: try reader.metaspacePrefix(),
        splits: try reader.boolean("split", default: true))
    case "Split":
      rule = .split(
        try reader.pattern("pattern"), try reader.behavior("behavior", default: .isolated),
        inverted: try reader.boolean("invert", default: false))
    case "Whitespace": rule = .whitespace(try TextPattern(regex: wordPattern, path: path))
    case "WhitespaceSplit": rule = .whitespace(nil)
    case "Digits": rule = .digits(isIndividual: try reader.boolean("individual_digits", default: false))
    case "Punctuation": rule = .punctuation(try reader.behavior("behavior", default: .isolated))
    case "CharDelimiterSplit": rule = .delimiter(try reader.scalar("delimiter"))
    default: throw reader.unsupported("pre-tokenizer", known: known)
    }
    try reader.finish()
    return rule
  }
}
