/// One line of a terminal that is drawn over and over.
struct ProgressBar {
  private let sink: any TextSink
  private var lastDrawing = -Double.infinity
  private var isVisible = false

  init(sink: any TextSink) { self.sink = sink }

  /// Draws the line, at most ten times a second: a terminal that is slow must not slow a run.
  ///
  /// - Parameters:
  ///   - fraction: 0 … 1; what lies outside is clamped.
  ///   - time: seconds since any moment.
  mutating func draw(label: String, fraction: Double, detail: String, at time: Double) {
    guard time - lastDrawing >= 0.1 else { return }
    lastDrawing = time
    isVisible = true
    try? sink.write(
      "\r" + Self.line(label: label, fraction: fraction, detail: detail, columns: sink.columns) + "\u{1b}[K")
  }

  mutating func clear() {
    guard isVisible else { return }
    isVisible = false
    lastDrawing = -.infinity
    try? sink.write(Self.erasure)
  }

  /// Empties the line that a bar may stand on.
  static let erasure = "\r\u{1b}[K"

  /// The text, one column short of the width so that no terminal wraps it.
  static func line(label: String, fraction: Double, detail: String, columns: Int) -> String {
    let fraction = fraction.isFinite ? min(max(fraction, 0), 1) : 0
    let percent = fixed(fraction * 100, 0) + " %"
    let texts = [label, percent, detail].filter { !$0.isEmpty }
    let room = columns - 1 - texts.reduce(0) { $0 + $1.count } - 2 * texts.count
    guard room >= 8 else { return String(texts.joined(separator: "  ").prefix(max(0, columns - 1))) }
    let width = min(room - 2, 30)
    let filled = Int((fraction * Double(width)).rounded(.down))
    let bar = "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled) + "]"
    return ([label, bar] + texts.dropFirst()).joined(separator: "  ")
  }
}
