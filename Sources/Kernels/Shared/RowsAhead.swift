/// Fetches the row some way after the present one; after the last row follow those at `next`. A few lines at a time:
/// processors drop what they cannot take at once.
struct RowsAhead {
  private let distance: Int
  private let count: Int
  private let bytes: Int
  private let rows: UnsafeRawPointer
  private let next: UnsafeRawPointer

  /// - bytes: of a row; 0 to fetch nothing.
  /// - distance: in rows; 0 for some kilobytes.
  @inline(__always) init(
    _ rows: UnsafeRawPointer, _ count: Int, _ bytes: Int, _ next: UnsafeRawPointer, distance: Int = 0
  ) {
    self.distance = bytes == 0 ? 0 : distance > 0 ? distance : 8192 / bytes
    (self.count, self.bytes, self.rows, self.next) = (count, bytes, rows, next)
  }

  @inline(__always) func fetch(_ row: Int) { fetch(row, 0, bytes) }

  /// A part of the row, of that many bytes, or nothing where rows are not fetched.
  @inline(__always) func fetch(_ row: Int, _ offset: Int, _ part: Int) {
    let target = row &+ distance
    let start = target < count ? rows + target &* bytes : next + (target &- count) &* bytes
    prefetch(start + offset, bytes == 0 ? 0 : part)
  }
}
