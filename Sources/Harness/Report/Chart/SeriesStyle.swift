/// How a series looks: a colour, and a shape and a dash for readers to whom colours look alike.
struct SeriesStyle: Sendable, Equatable {
  /// Index into the page's palette.
  var color: Int
  var shape: Shape
  var dash: Int

  static let colorCount = 8

  enum Shape: Int, CaseIterable, Sendable { case circle, square, triangle, diamond, down, cross }

  /// The n-th of a list; the first eight differ in colour and shape, later ones in the pair of them.
  init(_ index: Int) {
    color = index % Self.colorCount
    shape = Shape.allCases[(index + index / Self.colorCount) % Shape.allCases.count]
    dash = index / Self.colorCount % 3
  }

  init(color: Int, shape: Shape, dash: Int = 0) {
    self.color = color
    self.shape = shape
    self.dash = dash
  }

  /// The same two looks wherever the phases meet: compute is warm, memory is cold.
  static let prefill = SeriesStyle(color: 1, shape: .square)
  static let decode = SeriesStyle(color: 0, shape: .circle)

  static func phase(_ phase: Phase) -> SeriesStyle { phase == .prefill ? prefill : decode }

  var colorClass: String { "c\(color)" }

  /// Path data of the marker around a point.
  func marker(_ x: Double, _ y: Double) -> HTML {
    let r = 4.6
    return switch shape {
    case .circle: "M\(x - r) \(y)a\(r) \(r) 0 1 0 \(2 * r) 0a\(r) \(r) 0 1 0 \(-2 * r) 0Z"
    case .square: "M\(x - 4.2) \(y - 4.2)h8.4v8.4h-8.4Z"
    case .triangle: "M\(x) \(y - 5.5)L\(x + 5.2) \(y + 4)H\(x - 5.2)Z"
    case .diamond: "M\(x) \(y - 6)L\(x + 6) \(y)L\(x) \(y + 6)L\(x - 6) \(y)Z"
    case .down: "M\(x) \(y + 5.5)L\(x + 5.2) \(y - 4)H\(x - 5.2)Z"
    case .cross:
      "M\(x - 5) \(y - 1.7)h3.3v-3.3h3.4v3.3h3.3v3.4h-3.3v3.3h-3.4v-3.3h-3.3Z"
    }
  }

  /// A legend's sample of line and marker, 30 × 14.
  func swatch(hasLine: Bool) -> HTML {
    let line: HTML = hasLine ? "<path class=\"line d\(dash)\" d=\"M1 7H29\"/>" : ""
    return """
      <svg class="swatch \(colorClass)" width="30" height="14" viewBox="0 0 30 14" aria-hidden="true">\(line)\
      <path class="sample" d="\(marker(15, 7))"/></svg>
      """
  }
}
