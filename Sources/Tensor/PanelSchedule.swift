/// The panels of a product in pieces: the first one of each worker is its own, the others are claimed one after the other,
/// smaller and smaller, so that all workers end at about the same time, also where one is slower (guided
/// self-scheduling: Polychronopoulos and Kuck 1987).
struct PanelSchedule {
  /// Panels of the largest piece, whose sums for a row group stay in L2 while the depth is walked: 6 x 32 columns x 264
  /// rows.
  static let largestPiece = 6

  private let panels: Int
  private let workers: Int
  private let streams: Bool
  private var number = 0
  private var start = 0

  /// - streams: whether weights are read once, front to back, and the sums are few. Then first pieces are three quarters of
  ///   all panels: a claim stops the stream, and a worker that has the same weights every time finds them in its caches
  ///   where they fit.
  init(panels: Int, workers: Int, streams: Bool) {
    self.panels = panels
    self.workers = workers
    self.streams = streams
  }

  /// The piece of a number, which is not less than that of the call before; `nil` beyond the last. The first numbers are
  /// the workers' own.
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
    guard streams else { return min(left, max(1, min(PanelSchedule.largestPiece, left / (3 * workers)))) }
    if number < workers { return min(left, max(1, panels * 3 / (4 * workers))) }
    return max(1, left / (2 * workers))
  }
}
