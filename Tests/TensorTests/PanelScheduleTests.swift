import Testing

@testable import Tensor

@Suite("Panel schedule")
struct PanelScheduleTests {
  /// All pieces by their numbers.
  private func pieces(_ panels: Int, _ workers: Int, streams: Bool) -> [Range<Int>] {
    var schedule = PanelSchedule(panels: panels, workers: workers, streams: streams)
    return (0...panels).compactMap { schedule.piece($0) }
  }

  @Test(
    "every panel is in one piece, in order", arguments: [0, 1, 2, 5, 6, 7, 24, 64, 192, 1571], [1, 2, 3, 16, 192])
  func cover(panels: Int, workers: Int) {
    for streams in [false, true] {
      let pieces = pieces(panels, workers, streams: streams)
      #expect(pieces.allSatisfy { !$0.isEmpty })
      #expect(pieces.flatMap(Array.init) == Array(0..<panels))
      #expect(streams || pieces.allSatisfy { $0.count <= PanelSchedule.largestPiece })
    }
  }

  @Test("pieces shrink towards the end, down to one panel", arguments: [64, 192, 1571], [2, 3])
  func shrink(panels: Int, workers: Int) {
    for streams in [false, true] {
      let sizes = pieces(panels, workers, streams: streams).map(\.count)
      #expect(sizes == sizes.sorted(by: >))
      #expect(sizes.suffix(2 * workers).allSatisfy { $0 == 1 })
    }
    #expect(pieces(panels, workers, streams: false)[0].count == PanelSchedule.largestPiece)
  }

  @Test("a stream's first pieces are equal and leave a quarter", arguments: [2, 3, 16])
  func own(workers: Int) {
    let first = pieces(192, workers, streams: true).prefix(workers).map(\.count)
    #expect(Set(first) == [144 / workers])
  }

  @Test("a worker that is given only some of the numbers finds the same pieces", arguments: [false, true])
  func skipping(streams: Bool) {
    let all = pieces(192, 2, streams: streams)
    for step in 2...5 {
      var schedule = PanelSchedule(panels: 192, workers: 2, streams: streams)
      for number in stride(from: 0, to: 192, by: step) {
        #expect(schedule.piece(number) == (number < all.count ? all[number] : nil))
      }
    }
  }
}
