extension PostProcessor {
  private static let known = ["Sequence", "ByteLevel", "TemplateProcessing", "BertProcessing", "RobertaProcessing"]

  /// Reads the `post_processor` of a tokenizer.json; what it does to pairs of texts is left out.
  static func read(_ value: ConfigurationValue?, path: [String], depth: Int = 0) throws(InputError) -> PostProcessor {
    guard let value, value != .null else { return PostProcessor() }
    var reader = try ComponentReader(value, path: path)
    var result = PostProcessor()
    switch reader.type {
    case "Sequence":
      let processors = try reader.list("processors", depth: depth) { (value, path) throws(InputError) in
        (value["type"], try read(value, path: path, depth: depth + 1))
      }
      try reader.refuseTokensBehindTemplate(processors)
      for (_, processor) in processors { result = processor.around(result) }
    case "ByteLevel": reader.ignore("add_prefix_space", "trim_offsets", "use_regex")
    case "TemplateProcessing":
      reader.ignore("pair")
      result = try template(&reader.options)
    case "BertProcessing", "RobertaProcessing":
      reader.ignore("add_prefix_space", "trim_offsets")
      result = PostProcessor(
        prefix: [try pairedID("cls", &reader.options)], suffix: [try pairedID("sep", &reader.options)])
    default: throw reader.unsupported("post-processor", known: known)
    }
    try reader.finish()
    return result
  }

  /// `"single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}]` with ids under `special_tokens`.
  private static func template(_ options: inout OptionReader) throws(InputError) -> PostProcessor {
    let tokens = options.take("special_tokens")
    guard case .array(let items)? = options.take("single") else {
      throw options.error("single", "must be a list", cure: "fetch the tokenizer again, or correct it")
    }
    var result = PostProcessor()
    var hasSequence = false
    for (index, item) in items.enumerated() {
      let key = "single.\(index)"
      if item["Sequence"] != nil {
        guard item["Sequence"]?["id"] == .string("A"), !hasSequence else {
          throw options.error(key, "a template of one text must hold it once", cure: "correct the template")
        }
        hasSequence = true
        continue
      }
      guard case .string(let name)? = item["SpecialToken"]?["id"] else {
        throw options.error(key, "must be a SpecialToken or a Sequence", cure: "correct the template")
      }
      guard case .array(let ids)? = tokens?[name]?["ids"] else {
        throw options.error(
          key, "names \(quoted(name)), which special_tokens lacks", cure: "add it there, or correct the template")
      }
      for id in ids {
        let id = try checked(id, key, options)
        if hasSequence { result.suffix.append(id) } else { result.prefix.append(id) }
      }
    }
    guard hasSequence else { throw options.error("single", "does not hold the text", cure: "correct the template") }
    return result
  }

  /// `["[SEP]", 102]`
  private static func pairedID(_ key: String, _ options: inout OptionReader) throws(InputError) -> Int32 {
    guard case .array(let pair)? = options.take(key), pair.count == 2 else {
      throw options.error(key, "must be a token and its id", cure: "write [\"</s>\", 2]")
    }
    return try checked(pair[1], key, options)
  }

  private static func checked(_ id: ConfigurationValue, _ key: String, _ options: OptionReader) throws(InputError)
    -> Int32
  {
    guard case .integer(let value) = id, value >= 0, value < Vocabulary.largestID else {
      throw options.error(
        key, "holds \(id.scalarText) where a token id must be", cure: "use ids from 0 to \(Vocabulary.largestID - 1)")
    }
    return Int32(value)
  }
}

extension ComponentReader {
  /// Refuses a list where a template's tokens are followed by more: the reference gives some of them twice, or none.
  fileprivate func refuseTokensBehindTemplate(
    _ processors: [(ConfigurationValue?, PostProcessor)]
  ) throws(InputError) {
    var hasTemplate = false
    for (type, result) in processors where !result.prefix.isEmpty || !result.suffix.isEmpty {
      if hasTemplate {
        throw InputError(
          path: path + ["processors"], problem: "tokens of a TemplateProcessing are followed by more tokens",
          cure: "write all of them as one TemplateProcessing")
      }
      if type == .string("TemplateProcessing") || type == .string("Sequence") { hasTemplate = true }
    }
  }
}
