#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Puts labels where they cover neither points nor each other; one that finds no place is left out, its point says the
/// same when pointed at.
struct LabelPlacement {
  private struct Box {
    var left: Double
    var top: Double
    var right: Double
    var bottom: Double

    func overlaps(_ other: Box) -> Bool {
      left < other.right && other.left < right && top < other.bottom && other.top < bottom
    }
  }

  private let area: PlotArea
  private var taken: [Box] = []

  /// Mean width of a character in the labels' 11-pixel sans serif.
  private static let characterWidth = 6.2
  private static let lineHeight = 12.0
  /// Boxes beyond which no label is placed: none would be read among so many.
  private static let crowd = 400

  init(_ area: PlotArea) { self.area = area }

  /// Keeps labels off a marker, and off the bar of an interval from `high` to `low`.
  mutating func occupy(_ x: Double, _ y: Double, high: Double? = nil, low: Double? = nil) {
    taken.append(Box(left: x - 4, top: min(y - 4, high ?? y), right: x + 4, bottom: max(y + 4, low ?? y)))
  }

  /// A label above, below, right or left of a point.
  mutating func place(_ text: String, beside point: (x: Double, y: Double)) -> HTML {
    guard taken.count <= Self.crowd else { return .empty }
    let width = Double(text.count) * Self.characterWidth
    let half = width / 2
    for (x, y) in [
      (point.x, point.y - 9), (point.x, point.y + 17), (point.x + half + 8, point.y + 4),
      (point.x - half - 8, point.y + 4),
    ] {
      let box = Box(left: x - half, top: y - Self.lineHeight + 2, right: x + half, bottom: y + 2)
      guard fits(box) else { continue }
      taken.append(box)
      return "<text class=\"label\" x=\"\(x)\" y=\"\(y)\" text-anchor=\"middle\">\(text)</text>"
    }
    return .empty
  }

  /// A label just above a line, turned with it. It is always drawn: a line without a name says nothing.
  mutating func along(_ text: String, from start: (x: Double, y: Double), to end: (x: Double, y: Double)) -> HTML {
    guard !text.isEmpty else { return .empty }
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    let length = (dx * dx + dy * dy).squareRoot()
    guard length > 1 else { return .empty }
    let width = Double(text.count) * Self.characterWidth
    if abs(dy) < 1 { return level(text, width, from: start.x, to: end.x, y: start.y) }
    let angle = atan2(dy, dx)
    // In the middle; a label longer than its line ends where the line ends.
    let place = min(max(width, length * 0.5 + width / 2), length)
    let x = start.x + cos(angle) * place + sin(angle) * 6
    let y = start.y + sin(angle) * place - cos(angle) * 6
    let degrees = angle * 180 / .pi
    // Small boxes along the turned text.
    for distance in stride(from: 0, through: width, by: 6) {
      let (left, top) = (x - cos(angle) * distance, y - sin(angle) * distance - 4)
      taken.append(Box(left: left - 6, top: top - 6, right: left + 6, bottom: top + 6))
    }
    return """
      <text class="label guide-label" x="\(x)" y="\(y)" text-anchor="end" transform="rotate(\(degrees) \(x) \(y))">\(text)</text>
      """
  }

  /// At the end of a level line, above or below it, or further left where points are in the way.
  private mutating func level(_ text: String, _ width: Double, from left: Double, to right: Double, y: Double) -> HTML {
    let ends = [right, (right + left + width) / 2, left + width + 4].map { max($0, area.left + width + 4) }
    let places = ends.flatMap { [($0, y - 6), ($0, y + 14)] }
    let boxes = places.map { Box(left: $0.0 - width, top: $0.1 - 10, right: $0.0, bottom: $0.1 + 3) }
    let index = boxes.firstIndex { box in !taken.contains { $0.overlaps(box) } } ?? 0
    taken.append(boxes[index])
    return """
      <text class="label guide-label" x="\(places[index].0)" y="\(places[index].1)" text-anchor="end">\(text)</text>
      """
  }

  private func fits(_ box: Box) -> Bool {
    box.left >= area.left - 20 && box.right <= area.right + 12 && box.top >= area.top - 8
      && box.bottom <= area.bottom + 2 && !taken.contains { $0.overlaps(box) }
  }
}
