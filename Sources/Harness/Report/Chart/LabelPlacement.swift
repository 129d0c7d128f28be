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

  init(_ area: PlotArea) { self.area = area }

  /// Keeps labels off a marker.
  mutating func occupy(_ x: Double, _ y: Double) {
    taken.append(Box(left: x - 4, top: y - 4, right: x + 4, bottom: y + 4))
  }

  /// A label above, below, right or left of a point.
  mutating func place(_ text: String, beside point: (x: Double, y: Double)) -> HTML {
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
    let angle = atan2(dy, dx)
    // A level line has its name at its end, a slope in its middle; a label longer than its line grows to the left.
    let isLevel = abs(dy) < 1
    let place = isLevel ? max(width, length) - 4 : max(width, length * 0.55 + width / 2)
    let x = start.x + cos(angle) * min(place, length) + sin(angle) * 6
    let y = start.y + sin(angle) * min(place, length) - cos(angle) * 6
    if isLevel { taken.append(Box(left: x - width, top: y - 10, right: x, bottom: y + 3)) }
    let degrees = angle * 180 / .pi
    let turn: HTML = isLevel ? "" : " transform=\"rotate(\(degrees) \(x) \(y))\""
    return "<text class=\"label guide-label\" x=\"\(x)\" y=\"\(y)\" text-anchor=\"end\"\(turn)>\(text)</text>"
  }

  private func fits(_ box: Box) -> Bool {
    box.left >= area.left - 20 && box.right <= area.right + 12 && box.top >= area.top - 8
      && box.bottom <= area.bottom + 2 && !taken.contains { $0.overlaps(box) }
  }
}
