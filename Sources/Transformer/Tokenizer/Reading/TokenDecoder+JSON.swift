extension TokenDecoder {
  private static let known = [
    "Sequence", "ByteLevel", "ByteFallback", "Fuse", "Metaspace", "Replace", "Strip", "BPEDecoder",
  ]

  /// Reads the `decoder` of a tokenizer.json; `nil` for null.
  static func read(
    _ value: ConfigurationValue?, path: [String], depth: Int = 0
  ) throws(InputError) -> TokenDecoder? {
    guard let value, value != .null else { return nil }
    var reader = try ComponentReader(value, path: path)
    let decoder: TokenDecoder
    switch reader.type {
    case "Sequence":
      let rules = try reader.list("decoders", depth: depth) { (value, path) throws(InputError) in
        try read(value, path: path, depth: depth + 1)
      }
      decoder = .sequence(rules.compactMap { $0 })
    case "ByteLevel":
      reader.ignore("add_prefix_space", "trim_offsets", "use_regex")
      decoder = .byteLevel
    case "ByteFallback": decoder = .byteFallback
    case "Fuse": decoder = .fuse
    case "Metaspace":
      reader.ignore("str_rep", "split")
      decoder = .metaspace(
        replacement: try reader.scalar("replacement", default: "\u{2581}"), prefix: try reader.metaspacePrefix())
    case "Replace": decoder = .replace(try reader.replacedPattern(), with: Array(try reader.text("content").utf8))
    case "Strip":
      decoder = .strip(
        try reader.scalar("content", default: " "), start: try reader.integer("start", default: 0),
        stop: try reader.integer("stop", default: 0))
    case "BPEDecoder":
      let suffix = try reader.options.string("suffix", default: "</w>")
      decoder = .endOfWord(
        try TextPattern(literal: suffix, path: path + ["suffix"]))
    default: throw reader.unsupported("decoder", known: known)
    }
    try reader.finish()
    return decoder
  }
}
