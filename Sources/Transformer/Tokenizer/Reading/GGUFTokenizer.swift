/// A tokenizer as GGUF files embed it, under `tokenizer.ggml.`.
public struct GGUFTokenizer: Sendable {
  /// `model`: "gpt2" or "llama".
  public var model: String
  /// `pre`: which rule cuts text for "gpt2".
  public var preTokenizer: String?
  public var tokens: [String]
  /// For "llama": the larger a token's score, the earlier its merge.
  public var scores: [Float] = []
  /// `token_type`: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte; empty is all normal.
  public var types: [Int] = []
  /// For "gpt2": "a b", the first first.
  public var merges: [String] = []
  public var beginningOfSequence: Int?
  public var endOfSequence: Int?
  public var unknown: Int?
  /// `nil` is the model's habit: yes for "llama".
  public var addsBeginningOfSequence: Bool?
  public var addsEndOfSequence: Bool?
  public var addsSpacePrefix: Bool?

  public init(model: String, tokens: [String]) {
    self.model = model
    self.tokens = tokens
  }

  /// Reads the metadata of a GGUF file; `nil` when it holds no tokenizer.
  ///
  /// - Throws: `InputError` naming a key whose value is of another type.
  public init?(metadata: ConfigurationValue) throws(InputError) {
    let reader = MetadataReader(metadata: metadata)
    guard let model = try reader.text("model"), model != "no_vocab", model != "none" else { return nil }
    self.model = model
    preTokenizer = try reader.text("pre")
    tokens = try reader.list("tokens", MetadataReader.string) ?? []
    merges = try reader.list("merges", MetadataReader.string) ?? []
    types = try reader.list("token_type", MetadataReader.integer) ?? []
    scores = try reader.list("scores", MetadataReader.number) ?? []
    beginningOfSequence = try reader.id("bos_token_id")
    endOfSequence = try reader.id("eos_token_id")
    unknown = try reader.id("unknown_token_id")
    addsBeginningOfSequence = try reader.boolean("add_bos_token")
    addsEndOfSequence = try reader.boolean("add_eos_token")
    addsSpacePrefix = try reader.boolean("add_space_prefix")
    if model == "llama" {
      // SentencePiece's order, which llama.cpp takes for granted.
      unknown = unknown ?? 0
      beginningOfSequence = beginningOfSequence ?? 1
      endOfSequence = endOfSequence ?? 2
    }
  }
}

/// Values under `tokenizer.ggml.`, typed; `nil` for a key that is not there.
private struct MetadataReader {
  let metadata: ConfigurationValue

  private func value(_ key: String) -> ConfigurationValue? { metadata["tokenizer.ggml.\(key)"] }

  private func mistyped(_ key: String, _ value: ConfigurationValue, _ expected: String) -> InputError {
    InputError(
      path: ["tokenizer.ggml.\(key)"], problem: "must be \(expected), is \(value.kind)", cure: "fetch the file again")
  }

  func text(_ key: String) throws(InputError) -> String? {
    switch value(key) {
    case nil: return nil
    case .string(let text): return text
    case let value?: throw mistyped(key, value, "a string")
    }
  }

  func boolean(_ key: String) throws(InputError) -> Bool? {
    switch value(key) {
    case nil: return nil
    case .bool(let flag): return flag
    case let value?: throw mistyped(key, value, "a boolean")
    }
  }

  /// Writers say "none" with the largest number of the type.
  func id(_ key: String) throws(InputError) -> Int? {
    switch value(key) {
    case nil: return nil
    case .integer(let id): return id == Int(UInt32.max) || id == -1 ? nil : id
    case let value?: throw mistyped(key, value, "an integer")
    }
  }

  static func string(_ value: ConfigurationValue) -> String? {
    guard case .string(let text) = value else { return nil }
    return text
  }

  static func integer(_ value: ConfigurationValue) -> Int? {
    guard case .integer(let integer) = value else { return nil }
    return integer
  }

  static func number(_ value: ConfigurationValue) -> Float? {
    switch value {
    case .number(let number): Float(number)
    case .integer(let integer): Float(integer)
    default: nil
    }
  }

  func list<Element>(
    _ key: String, _ element: (ConfigurationValue) -> Element?
  ) throws(InputError) -> [Element]? {
    guard let value = value(key) else { return nil }
    guard case .array(let values) = value else { throw mistyped(key, value, "a list") }
    var list: [Element] = []
    list.reserveCapacity(values.count)
    for value in values {
      guard let element = element(value) else { throw mistyped(key, value, "a list of another type") }
      list.append(element)
    }
    return list
  }
}
