/// Fetches the row some kilobytes after the present one; after the last row follow those at `next`. A few lines at a
/// time: processors drop what they cannot take at once.
struct RowsAhead {
  private let distance: Int
  private let count: Int
  private let bytes: Int
  private let rows: UnsafeRawPointer
  private let next: UnsafeRawPointer

  /// - bytes: of a row; 0 to fetch nothing.
  @inline(__always) init(_ rows: UnsafeRawPointer, _ count: Int, _ bytes: Int, _ next: UnsafeRawPointer) {
    distance = bytes == 0 ? 0 : 8192 / bytes
    (self.count, self.bytes, self.rows, self.next) = (count, bytes, rows, next)
  }

  @inline(__always) func fetch(_ row: Int) {
    let target = row &+ distance
    prefetch(target < count ? rows + target &* bytes : next + (target &- count) &* bytes, bytes)
  }
}
