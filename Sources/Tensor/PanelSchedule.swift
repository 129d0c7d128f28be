/// The panels of a product in pieces that workers claim one after the other: large ones first, whose panels share the rows
/// in a cache, then smaller and smaller ones, so that all workers end at about the same time, also where one is slower
/// (guided self-scheduling: Polychronopoulos and Kuck 1987).
struct PanelSchedule {
  /// Panels of the largest piece, whose sums for a row group stay in L2 while the depth is walked: 6 x 32 columns x 264
  /// rows.
  static let largestPiece = 6

  private let panels: Int
  private let workers: Int
  private var number = 0
  private var start = 0

  init(panels: Int, workers: Int) {
    self.panels = panels
    self.workers = workers
  }

  /// The piece of a number, which is not less than that of the call before; `nil` beyond the last.
  mutating func piece(_ wanted: Int) -> Range<Int>? {
    while number < wanted && start < panels {
      start += size
      number += 1
    }
    return start < panels ? start..<start + size : nil
  }

  /// Each worker has claimed the piece after its own too: what is left must be enough to even that out.
  private var size: Int {
    let left = panels - start
    return min(left, max(1, min(PanelSchedule.largestPiece, left / (3 * workers))))
  }
}
