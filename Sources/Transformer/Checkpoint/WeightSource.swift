import Tensor

/// Where a model's tensors come from: a checkpoint folder or the random generator.
///
/// Tensors are asked for by the family's own names. Many threads read at once, each its own rows.
public protocol WeightSource: Sendable {
  /// The tensor's shape, or `nil` when the source has no tensor of that name.
  func shape(of name: String) -> [Int]?

  /// Copies rows `rows` of the tensor, seen as a matrix [first dimension, product of the others], as fp32 into
  /// `destination`, [rows.count, columns], dense. The name is one that `shape(of:)` knows and the rows lie within it.
  /// A vector [n] is a matrix [n, 1].
  func read(_ name: String, rows: Range<Int>, into destination: UnsafeMutablePointer<Float>)

  /// As `read(_:rows:into:)`, but of each row only `columns`: [rows.count, columns.count].
  func read(_ name: String, rows: Range<Int>, columns: Range<Int>, into destination: UnsafeMutablePointer<Float>)

  /// Copies rows as they are stored, finite or not, to `destination`, [rows.count, columns], dense; `false` when they are
  /// not stored in `dtype`.
  func copyStored(_ name: String, rows: Range<Int>, as dtype: DType, to destination: UnsafeMutableRawPointer) -> Bool

  /// Tells the source that rows will be read soon, so that it can fetch them from the disk meanwhile.
  func willRead(_ name: String, rows: Range<Int>)

  /// Tells the source that the tensor will not be read again, so that mapped pages can be given back.
  func release(_ name: String)
}

extension WeightSource {
  /// Nothing is stored.
  public func copyStored(
    _ name: String, rows: Range<Int>, as dtype: DType, to destination: UnsafeMutableRawPointer
  ) -> Bool { false }

  /// Nothing is fetched.
  public func willRead(_ name: String, rows: Range<Int>) {}

  /// Reads whole rows and keeps a part.
  public func read(
    _ name: String, rows: Range<Int>, columns: Range<Int>, into destination: UnsafeMutablePointer<Float>
  ) {
    let width = (shape(of: name) ?? []).dropFirst().reduce(1, *)
    precondition(
      columns.lowerBound >= 0 && columns.upperBound <= width, "columns \(columns) of \(name), which has \(width)")
    let row = UnsafeMutablePointer<Float>.allocate(capacity: width)
    defer { row.deallocate() }
    for index in rows {
      read(name, rows: index..<index + 1, into: row)
      (destination + (index - rows.lowerBound) * columns.count)
        .update(from: row + columns.lowerBound, count: columns.count)
    }
  }
}
