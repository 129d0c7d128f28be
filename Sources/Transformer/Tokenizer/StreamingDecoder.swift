/// Decodes tokens as they come: text is handed out as soon as later tokens cannot change it.
///
/// A token may end within a character; what it begins is held back until the character is whole. The pieces together are
/// `decode` of all the tokens, but in a tokenizer.json's runs of byte tokens: for a U+FFFD in the text itself, and for bytes
/// that turn out to be no UTF-8 after characters of the same run were shown.
public struct StreamingDecoder {
  private let tokenizer: Tokenizer
  private let skipsSpecialTokens: Bool
  /// Tokens that the text of the next one is decoded with: decoders treat the first token of a text in a way of its own.
  private var window: [Int32] = []
  /// The first tokens of `window`, whose text is out.
  private var shownCount = 0
  /// Text of these, as far as it is out.
  private var shown: [UInt8] = []
  /// Tokens in a row that added nothing but replacement characters to `settledCount` scalars.
  private var waits = 0
  private var settledCount = -1

  /// Tokens that wait at most; each one decodes all of them anew.
  private static let windowLimit = 256

  public init(_ tokenizer: Tokenizer, skipsSpecialTokens: Bool = true) {
    self.tokenizer = tokenizer
    self.skipsSpecialTokens = skipsSpecialTokens
  }

  /// The text that `token` completes; empty while a character is incomplete.
  public mutating func next(_ token: Int32) throws(InputError) -> String {
    // What adds no text must not push out the token before it, which decides how the next one begins.
    if tokenizer.isIgnored(token, isFirst: window.isEmpty, skipsSpecialTokens: skipsSpecialTokens) { return "" }
    window.append(token)
    let text = try tokenizer.decode(window, skipsSpecialTokens: skipsSpecialTokens)
    let replaced = text.unicodeScalars.reversed().prefix { $0 == "\u{FFFD}" }.count
    guard replaced > 0 else { return try show(text) }
    // A character has four bytes at most: when so many tokens added nothing else, what is replaced is there to stay.
    let settled = text.unicodeScalars.count - replaced
    waits = settled == settledCount ? waits + 1 : 1
    settledCount = settled
    if waits < 4, window.count - shownCount < Self.windowLimit { return "" }
    // All but the last, which the newest token may have begun.
    return try show(text, holdsLast: true)
  }

  /// What was held back, at the end of the text.
  public mutating func finish() throws(InputError) -> String {
    guard !window.isEmpty else { return "" }
    return try show(try tokenizer.decode(window, skipsSpecialTokens: skipsSpecialTokens))
  }

  /// - Parameter holdsLast: whether a replacement character at the end of `text` stays back.
  private mutating func show(_ text: String, holdsLast: Bool = false) throws(InputError) -> String {
    let new = Self.bytes(text, holdsLast)
    var common = zip(shown, new).prefix { $0 == $1 }.count
    // Where bytes turned out to be no text, what is out and what it is now may part within a character.
    while common > 0, common < new.count, new[common] & 0xC0 == 0x80 { common -= 1 }
    let fresh = String(decoding: new[common...], as: UTF8.self)
    waits = 0
    settledCount = -1
    window.removeFirst(shownCount)
    shownCount = window.count
    shown = Self.bytes(try tokenizer.decode(window, skipsSpecialTokens: skipsSpecialTokens), holdsLast)
    return fresh
  }

  private static func bytes(_ text: String, _ holdsLast: Bool) -> [UInt8] {
    Array(holdsLast && text.unicodeScalars.last == "\u{FFFD}" ? text.utf8.dropLast(3) : text.utf8[...])
  }
}
