/// Cuts text that comes in pieces at the first of several stop texts.
///
/// What may yet turn out to be the beginning of one is held back. Texts are compared by their UTF-8.
struct StopText {
  private let stops: [[UInt8]]
  private var held: [UInt8] = []
  /// Whether a stop text was found; nothing comes after it.
  private(set) var isFound = false

  init(_ stops: [String]) { self.stops = stops.map { Array($0.utf8) } }

  /// The text that may be shown now that `piece` has come.
  mutating func next(_ piece: String) -> String {
    guard !isFound else { return "" }
    held += Array(piece.utf8)
    if let place = firstStop() {
      isFound = true
      return String(decoding: held[..<place], as: UTF8.self)
    }
    var count = held.count
    for stop in stops { count = min(count, held.count - overlap(stop)) }
    // A stop text begins with a character, so this cuts none.
    defer { held.removeFirst(count) }
    return String(decoding: held[..<count], as: UTF8.self)
  }

  /// What was held back for nothing, at the end.
  mutating func finish() -> String {
    defer { held = [] }
    return isFound ? "" : String(decoding: held, as: UTF8.self)
  }

  private func firstStop() -> Int? {
    held.indices.first { start in stops.contains { held[start...].starts(with: $0) } }
  }

  /// Bytes at the end of what is held that begin `stop`.
  private func overlap(_ stop: [UInt8]) -> Int {
    var length = min(stop.count - 1, held.count)
    while length > 0, !held[(held.count - length)...].elementsEqual(stop[..<length]) { length -= 1 }
    return max(length, 0)
  }
}
