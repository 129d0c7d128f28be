/// Divides the scalars into classes whose members a program cannot tell apart.
///
/// Class 0 is the edge of the text. Classes are found as scalars turn up: a page of 256 scalars is classified when its
/// first one is met.
struct ScalarClasses {
  static let edge: UInt16 = 0

  private let sets: [ScalarSet]
  /// Whether a class lies in a set, [class][set].
  private(set) var membership: [[Bool]]
  private var indices: [[Bool]: UInt16] = [:]
  /// Place in `classes` of each page, or -1.
  private var pages = [Int32](repeating: -1, count: 0x110000 >> 8)
  private var classes: [UInt16] = []

  init(sets: [ScalarSet]) {
    self.sets = sets
    membership = [[Bool](repeating: false, count: sets.count)]
  }

  /// Classes so far, the edge included.
  var count: Int { membership.count }

  mutating func index(of scalar: UInt32) -> UInt16 {
    let page = Int(scalar >> 8)
    if pages[page] < 0 { classify(page) }
    return classes[Int(pages[page]) + Int(scalar & 0xFF)]
  }

  private mutating func classify(_ page: Int) {
    pages[page] = Int32(classes.count)
    for value in UInt32(page << 8)..<UInt32((page + 1) << 8) {
      let properties = ScalarProperties(value)
      let signature = sets.map { $0.contains(properties) }
      if let index = indices[signature] {
        classes.append(index)
      } else if membership.count > UInt16.max {
        // No pattern of the length that is allowed comes near this.
        classes.append(Self.edge)
      } else {
        let index = UInt16(membership.count)
        membership.append(signature)
        indices[signature] = index
        classes.append(index)
      }
    }
  }
}
