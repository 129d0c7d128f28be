import Synchronization
import Tensor

/// A tensor's bytes in a mapped file, in any of the formats.
struct StoredTensor {
  let name: String
  /// `nil` when the engine does not read the elements.
  let dtype: DType?
  let shape: [Int]
  let bytes: UnsafeRawBufferPointer
  /// Where `bytes` lie.
  let file: MappedFile

  /// Rows of the tensor seen as a matrix [first dimension, product of the others].
  var rowCount: Int { shape.first ?? 1 }
  var columnCount: Int { shape.dropFirst().reduce(1, *) }

  /// Has the system fetch rows from the disk.
  func willRead(rows: Range<Int>) {
    // The dtype may be one whose elements have no whole number of bytes.
    guard rowCount > 0 else { return }
    let rowBytes = bytes.count / rowCount
    let part = bytes[rows.lowerBound * rowBytes..<rows.upperBound * rowBytes]
    file.willRead(UnsafeRawBufferPointer(rebasing: part))
  }

  /// Copies rows as they are stored to `destination`, [rows.count, columns], dense, if their elements are of `dtype`.
  func copy(rows: Range<Int>, as dtype: DType, to destination: UnsafeMutableRawPointer) -> Bool {
    guard dtype == self.dtype else { return false }
    precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows \(rows) of \(name), which has \(rowCount)")
    let rowBytes = columnCount * dtype.byteCount
    let part = bytes[rows.lowerBound * rowBytes..<rows.upperBound * rowBytes]
    file.copy(UnsafeRawBufferPointer(rebasing: part), to: destination)
    return true
  }

  /// Copies rows as fp32 to `destination`, [rows.count, columns], dense, and tells `log` of values that are not finite.
  ///
  /// Elements that cannot be read become NaN.
  func read(rows: Range<Int>, into destination: UnsafeMutablePointer<Float>, log: NonFiniteLog) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows \(rows) of \(name), which has \(rowCount)")
    let columns = columnCount
    read(from: rows.lowerBound * columns, count: rows.count * columns, into: destination, log: log)
  }

  /// Copies part of some rows, [rows.count, columns.count], as `read(rows:into:log:)` copies whole ones.
  func read(
    rows: Range<Int>, columns: Range<Int>, into destination: UnsafeMutablePointer<Float>, log: NonFiniteLog
  ) {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= rowCount && columns.lowerBound >= 0
        && columns.upperBound <= columnCount, "rows \(rows) and columns \(columns) of \(name)")
    for row in rows {
      read(
        from: row * columnCount + columns.lowerBound, count: columns.count,
        into: destination + (row - rows.lowerBound) * columns.count, log: log)
    }
  }

  /// Elements that follow each other.
  private func read(from first: Int, count: Int, into destination: UnsafeMutablePointer<Float>, log: NonFiniteLog) {
    guard count > 0 else { return }
    guard let dtype else {
      destination.update(repeating: .nan, count: count)
      return log.note(name, at: first)
    }
    // In blocks, so that the check finds the values still in the cache.
    let blockSize = 1 << 14
    withUnsafeTemporaryAllocation(byteCount: min(count, blockSize) * dtype.byteCount, alignment: 64) { stored in
      for start in stride(from: 0, to: count, by: blockSize) {
        let blockCount = min(blockSize, count - start)
        let part = bytes[(first + start) * dtype.byteCount..<(first + start + blockCount) * dtype.byteCount]
        file.copy(UnsafeRawBufferPointer(rebasing: part), to: stored.baseAddress!)
        RowConversion.widen(stored.baseAddress!, as: dtype, count: blockCount, into: destination + start)
        if let index = firstNonFinite(destination + start, count: blockCount) {
          log.note(name, at: first + start + index)
        }
      }
    }
  }

  /// What is wrong with the element at `index`, which `read` found not to be finite.
  func nonFiniteError(at index: Int, file: String) -> InputError {
    var value: Float = 0
    if let dtype {
      RowConversion.widen(bytes.baseAddress! + index * dtype.byteCount, as: dtype, count: 1, into: &value)
    }
    var place = "element \(index)"
    if shape.count > 1 { place += " (row \(index / columnCount), column \(index % columnCount))" }
    return InputError(
      file: file, path: [quoted(name)], problem: "\(place) is \(value.isNaN ? "NaN" : "infinite")",
      cure: "the training diverged or the file is damaged: use another checkpoint")
  }
}

/// Where values that are not finite were found, by any number of threads.
final class NonFiniteLog: Sendable {
  /// The first index by tensor.
  private let indices = Mutex<[String: Int]>([:])

  func note(_ name: String, at index: Int) {
    indices.withLock { $0[name] = min($0[name] ?? .max, index) }
  }

  /// The first by tensor name and then index: the same whatever order the rows were read in.
  var first: (name: String, index: Int)? {
    indices.withLock { indices in indices.min { $0.key < $1.key } }.map { ($0.key, $0.value) }
  }
}
