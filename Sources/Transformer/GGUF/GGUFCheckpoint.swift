import Tensor

/// A GGUF file as a model's weights and configuration.
///
/// Opening reads the header but no weights. The weights stay mapped; each read converts rows to fp32, puts them into
/// the order that the forward pass expects, and watches for NaN and infinity, which `nonFinite` reports.
public final class GGUFCheckpoint: Checkpoint {
  public let file: GGUFFile
  private let configuration: ModelConfiguration
  private let hasInterleavedHeads: Bool
  private let nonFiniteLog = NonFiniteLog()

  public convenience init(_ path: String) throws(InputError) {
    try self.init(GGUFFile(path: path))
  }

  init(_ file: GGUFFile) throws(InputError) {
    self.file = file
    do throws(InputError) {
      let architecture = try GGUFArchitecture.of(file.metadata)
      hasInterleavedHeads = architecture.hasInterleavedHeads
      configuration = try .gguf(file, architecture)
    } catch {
      var error = error
      error.file = file.path
      throw error
    }
  }

  public var path: String { file.path }
  public var configurationName: String { "the metadata" }
  public func modelConfiguration() throws(InputError) -> ModelConfiguration { configuration }
  public var tensorNames: [String] { file.entries.map(\.name).sorted() }
  public func dtype(of name: String) -> DType? { file.entry(name)?.type.dtype }
  public func dtypeName(of name: String) -> String? { file.entry(name)?.type.name }
  public func shape(of name: String) -> [Int]? { file.entry(name)?.shape }

  /// Rows as fp32. A tensor whose type cannot be read, which `validate(against:)` refuses, reads as NaN.
  public func read(_ name: String, rows: Range<Int>, into destination: UnsafeMutablePointer<Float>) {
    let tensor = stored(name)
    guard isInterleaved(name) else { return tensor.read(rows: rows, into: destination, log: nonFiniteLog) }
    for row in rows {
      let place = storedRow(row)
      tensor.read(
        rows: place..<place + 1, into: destination + (row - rows.lowerBound) * tensor.columnCount, log: nonFiniteLog)
    }
  }

  public func read(
    _ name: String, rows: Range<Int>, columns: Range<Int>, into destination: UnsafeMutablePointer<Float>
  ) {
    let tensor = stored(name)
    guard isInterleaved(name) else {
      return tensor.read(rows: rows, columns: columns, into: destination, log: nonFiniteLog)
    }
    for row in rows {
      let place = storedRow(row)
      tensor.read(
        rows: place..<place + 1, columns: columns,
        into: destination + (row - rows.lowerBound) * columns.count, log: nonFiniteLog)
    }
  }

  public func copyStored(
    _ name: String, rows: Range<Int>, as dtype: DType, to destination: UnsafeMutableRawPointer
  ) -> Bool {
    guard file.entry(name) != nil else { return false }
    let tensor = stored(name)
    guard isInterleaved(name) else { return tensor.copy(rows: rows, as: dtype, to: destination) }
    let rowBytes = tensor.columnCount * dtype.byteCount
    return rows.enumerated().allSatisfy { index, row in
      let place = storedRow(row)
      return tensor.copy(rows: place..<place + 1, as: dtype, to: destination + index * rowBytes)
    }
  }

  public func willRead(_ name: String, rows: Range<Int>) {
    // Rows in another order lie within the same head, so that the ranges asked for hold them all in the end.
    if file.entry(name) != nil { stored(name).willRead(rows: rows) }
  }

  public func release(_ name: String) {
    guard let entry = file.entry(name) else { return }
    file.release(entry)
  }

  private func stored(_ name: String) -> StoredTensor {
    guard let entry = file.entry(name) else { preconditionFailure("\(path) has no tensor \(name)") }
    return StoredTensor(
      name: name, dtype: entry.type.dtype, shape: entry.shape, bytes: file.bytes(of: entry),
      file: file.file)
  }

  private func isInterleaved(_ name: String) -> Bool {
    hasInterleavedHeads && (name.contains(".attn_q.") || name.contains(".attn_k."))
  }

  /// Where a row of queries or keys lies whose heads are stored pair by pair.
  private func storedRow(_ row: Int) -> Int {
    let length = configuration.headDimension
    let (head, element) = (row / length, row % length)
    let half = length / 2
    return head * length + 2 * (element % half) + element / half
  }

  public var nonFinite: InputError? {
    guard let (name, index) = nonFiniteLog.first, let type = file.entry(name)?.type else { return nil }
    guard type.dtype != nil else { return unreadableDType(name, type.name) }
    return stored(name).nonFiniteError(at: index, file: path)
  }

  public func unreadableDType(_ name: String, _ dtypeName: String) -> InputError {
    InputError(
      file: path, path: [quoted(name)], problem: "its type \(dtypeName) is not run yet",
      cure: "use a file in F32, BF16 or F16")
  }

  public func isHarmless(_ name: String, for model: ModelConfiguration) -> Bool {
    // A second copy of the tied embeddings, and tables of the rotation: read with the configuration, or following
    // from it.
    (model.tiedEmbeddings && name == "output.weight") || name == "rope_freqs.weight"
      || name.hasSuffix(".attn_rot_embd.weight")
  }
}
