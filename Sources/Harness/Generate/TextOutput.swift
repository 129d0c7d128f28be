import Transformer

/// Shows new tokens as text while they come.
struct TextOutput {
  private var decoder: StreamingDecoder
  private var stop: StopText
  /// `nil` shows nothing.
  private let sink: (any TextSink)?
  /// All text so far, without a stop text and what follows it.
  private(set) var text = ""

  /// Whether the text has reached a stop text.
  var hasStopped: Bool { stop.isFound }

  init(_ tokenizer: Tokenizer, stops: [String], sink: (any TextSink)?) {
    decoder = StreamingDecoder(tokenizer)
    stop = StopText(stops)
    self.sink = sink
  }

  mutating func append(_ token: Int32) throws { try show(stop.next(try decoder.next(token))) }

  /// Shows what was held back.
  mutating func finish() throws {
    try show(stop.next(try decoder.finish()))
    try show(stop.finish())
  }

  private mutating func show(_ piece: String) throws {
    guard !piece.isEmpty else { return }
    text += piece
    guard let sink else { return }
    try sink.write(sink.isTerminal ? Self.printable(piece) : piece)
  }

  /// A model may say anything, control sequences of the terminal included.
  static func printable(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      let isControl = scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
      result.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
    }
    return result
  }
}
