/// How a byte-level vocabulary of a GGUF file cuts text: the rule that llama.cpp knows under `tokenizer.ggml.pre`.
///
/// Each pattern cuts the pieces that those before it leave; what a pattern does not match stays a piece.
struct GGUFPreTokenizer {
  var preTokenizer: PreTokenizer
  /// Whether a piece that is a token stays one.
  var ignoresMerges = false
  /// Where the file does not say.
  var addsBeginningOfSequence = false
  /// llama.cpp's where the file names none: Falcon's token, whatever it is here; nothing for the rules of GLM.
  var beginningOfSequence: Int? = 11
  var endOfSequence = 11

  /// - Parameter name: `nil` where a file has none.
  /// - Throws: `InputError` for a rule that is not known.
  init(_ name: String?) throws(InputError) {
    let path = ["tokenizer.ggml.pre"]
    let name = name ?? "default"
    guard let patterns = Self.rules.first(where: { $0.names.contains(name) })?.patterns else {
      let known = Self.rules.flatMap(\.names)
      let cure = "supported are \(known.sorted().joined(separator: ", ")); with other files give token ids"
      throw InputError(
        path: path, problem: "\(quoted(name)) is not supported",
        cure: Suggestion.closest(to: name, among: known).map { "did you mean '\($0)'? \(cure)" } ?? cure)
    }
    var steps: [PreTokenizer] = []
    for pattern in patterns {
      steps.append(.split(try TextPattern(regex: pattern, path: path), .isolated, inverted: false))
    }
    preTokenizer = .sequence(steps + [.byteLevel(addsPrefixSpace: false, pattern: nil)])
    addsBeginningOfSequence = Self.beginnings.contains(name)
    ignoresMerges = addsBeginningOfSequence || name == "glm4"
    if ["chatglm-bpe", "glm4"].contains(name) { beginningOfSequence = nil }
  }

  private static let rules: [(names: [String], patterns: [String])] = [
    (["default"], [#"[\p{P}$+<=>^~|]+"#, gpt2, #"\p{N}+"#, "[0-9][0-9][0-9]"]),
    (
      [
        "gpt-2", "mpt", "olmo", "jais", "trillion", "phi-2", "gigachat", "a.x-4.0", "mellum", "exaone4",
        "granite-docling",
      ],
      [gpt2]
    ),
    (
      [
        "llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "dbrx", "smaug-bpe",
        "chatglm-bpe", "glm4",
      ],
      [words(#"\p{L}"#, numbers: #"\p{N}{1,3}"#)]
    ),
    (
      ["qwen2", "deepseek-r1-qwen", "kormo", "megrez", "stablelm2", "hunyuan", "solar-open", "grok-2"],
      [words(#"\p{L}"#, numbers: #"\p{N}"#)]
    ),
    (["qwen35"], [words(#"[\p{L}\p{M}]"#, numbers: #"\p{N}"#, others: #"\s\p{L}\p{M}\p{N}"#)]),
    (
      ["starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2"],
      [#"\p{N}"#, gpt2]
    ),
    (["falcon"], [#"[\p{P}$+<=>^~|`]+"#, gpt2, "[0-9][0-9][0-9]"]),
    (["bloom", "poro-chat", "gpt3-finnish"], [bloom]),
    (["viking"], [bloom, #"\p{N}"#]),
    (["tekken"], [cased(ending: "", numbers: #"\p{N}"#)]),
    (["gpt-4o", "llama4", "kanana2"], [cased(ending: contractions + "?", numbers: #"\p{N}{1,3}"#)]),
    (
      ["deepseek-llm"],
      [#"[\r\n]"#, #"\s?["# + casedLetters + "]+", #"\s?["# + punctuation + "]+", #"\s+$"#, asian, #"\p{N}+"#]
    ),
    (["deepseek-coder"], [#"[\r\n]"#, #"\s?\p{L}+"#, #"\s?\p{P}+"#, asian, #"\p{N}"#]),
    (
      ["deepseek-v3", "hunyuan-dense", "joyai-llm"],
      [
        #"\p{N}{1,3}"#, #"[\x{4E00}-\x{9FA5}\x{3040}-\x{30FF}]+"#,
        #"[!-/:-@\[-`{-~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*"# + lines + spaces,
      ]
    ),
  ]

  private static let beginnings: Set = [
    "llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "tekken",
  ]

  // MARK: Patterns

  private static let gpt2 = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)"#
  private static let contractions = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"
  private static let lines = #"|\s*[\r\n]+"#
  private static let spaces = #"|\s+(?!\S)|\s+"#
  private static let bloom = #" ?[^(\s|.,!?\x{2026}\x{3002}\x{FF0C}\x{3001}\x{964}\x{6D4}\x{60C})]+"#
  // White space beyond ASCII is of no range in llama.cpp, which looks for it in `\s` alone.
  private static let asian = #"[\x{800}-\x{9FA5}\x{AC00}-\x{D7FF}&&[^\s]]+"#
  private static let punctuation =
    #"!-/:-~\x{FF01}-\x{FF0F}\x{FF1A}-\x{FF5E}\x{2018}-\x{201F}\x{3001}\x{3002}"#

  /// A word takes one sign in front of it, punctuation takes the ends of lines behind it.
  private static func words(_ letter: String, numbers: String, others: String = #"\s\p{L}\p{N}"#) -> String {
    contractions + #"|[^\r\n\p{L}\p{N}]?"# + letter + "+|" + numbers + "| ?[^" + others + #"]+[\r\n]*"# + lines + spaces
  }

  /// As `words`, and a capital begins a new one.
  private static func cased(ending: String, numbers: String) -> String {
    let (upper, lower) = (#"[\p{L}&&[^a-z]]"#, #"[\p{L}&&[^A-Z]]"#)
    let sign = #"[^\r\n\p{L}\p{N}]?"#
    return sign + upper + "*" + lower + "+" + ending + "|" + sign + upper + "+" + lower + "*" + ending + "|" + numbers
      + #"| ?[^\s\p{L}\p{N}]+[\r\n/]*"# + lines + spaces
  }

  /// Letters of scripts that have capitals.
  private static let casedLetters =
    #"A-Za-z\x{B5}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{1BA}\x{1BC}-\x{1BF}\x{1C4}-\x{293}\x{295}-\x{2AF}"#
    + #"\x{370}-\x{373}\x{376}\x{377}\x{37B}-\x{37D}\x{37F}\x{386}\x{388}-\x{38A}\x{38C}\x{38E}-\x{3A1}"#
    + #"\x{3A3}-\x{3F5}\x{3F7}-\x{481}\x{48A}-\x{52F}\x{531}-\x{556}\x{10A0}-\x{10C5}\x{13A0}-\x{13F5}"#
    + #"\x{13F8}-\x{13FD}\x{1C90}-\x{1CBA}\x{1CBD}-\x{1CBF}\x{1D00}-\x{1D2B}\x{1D6B}-\x{1D77}\x{1D79}-\x{1D9A}"#
    + #"\x{1E00}-\x{1F15}\x{1F18}-\x{1F1D}\x{1F20}-\x{1F45}\x{1F48}-\x{1F4D}\x{1F50}-\x{1F57}\x{1F59}\x{1F5B}"#
    + #"\x{1F5D}\x{1F5F}-\x{1F7D}\x{1F80}-\x{1FB4}\x{1FB6}-\x{1FBC}\x{1FBE}\x{1FC2}-\x{1FC4}\x{1FC6}-\x{1FCC}"#
    + #"\x{1FD0}-\x{1FD3}\x{1FD6}-\x{1FDB}\x{1FE0}-\x{1FEC}\x{1FF2}-\x{1FF4}\x{1FF6}-\x{1FFC}\x{2102}\x{2107}"#
    + #"\x{210A}-\x{2113}\x{2115}\x{2119}-\x{211D}\x{2124}\x{2126}\x{2128}\x{212A}-\x{212D}\x{212F}-\x{2134}"#
    + #"\x{2139}\x{213C}-\x{213F}\x{2145}-\x{2149}\x{214E}\x{2183}\x{2184}\x{2C00}-\x{2C7B}\x{2C7E}-\x{2CE4}"#
    + #"\x{2CEB}-\x{2CEE}\x{2CF2}\x{2CF3}\x{A640}-\x{A66D}\x{A680}-\x{A69B}\x{A722}-\x{A76F}\x{A771}-\x{A787}"#
    + #"\x{A78B}-\x{A78E}\x{AB70}-\x{ABBF}\x{FB00}-\x{FB06}\x{FB13}-\x{FB17}\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}"#
    + #"\x{10400}-\x{1044F}\x{104B0}-\x{104D3}\x{104D8}-\x{104FB}\x{10C80}-\x{10CB2}\x{10CC0}-\x{10CF2}"#
    + #"\x{118A0}-\x{118DF}\x{1E900}-\x{1E943}"#
}
