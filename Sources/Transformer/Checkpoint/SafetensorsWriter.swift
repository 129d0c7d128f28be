import Tensor

/// Writes tensors to a safetensors file without ever holding one of them whole.
public enum SafetensorsWriter {
  /// One tensor to be written.
  public struct Tensor {
    public var name: String
    public var dtype: DType
    public var shape: [Int]
    /// Writes `rows` of the tensor, seen as a matrix [first dimension, product of the others], as fp32 to the pointer,
    /// [rows.count, columns], dense. Called front to back. Its signature is `WeightSource.read`'s.
    public var fill: (_ rows: Range<Int>, _ destination: UnsafeMutablePointer<Float>) -> Void

    public init(
      name: String, dtype: DType, shape: [Int],
      fill: @escaping (_ rows: Range<Int>, _ destination: UnsafeMutablePointer<Float>) -> Void
    ) {
      self.name = name
      self.dtype = dtype
      self.shape = shape
      self.fill = fill
    }
  }

  /// Rows are filled in chunks of about this many elements: 4 MB as fp32, which stay in the cache between the fill,
  /// the rounding and the copy to the file.
  private static let chunkElements = 1 << 20

  /// Writes `tensors` to `path`: complete and on disk, or not at all.
  ///
  /// Wider dtypes come first so that every tensor is aligned to its element; the order is otherwise kept. Rounding is
  /// to nearest, ties to even. `metadata`'s "format" makes transformers load the file.
  public static func write(
    _ tensors: [Tensor], to path: String, metadata: [String: String] = ["format": "pt"]
  ) throws(InputError) {
    let wide = tensors.filter { $0.dtype.byteCount == 4 }
    let ordered = wide + tensors.filter { $0.dtype.byteCount != 4 }
    let (header, dataSize) = try header(ordered, metadata: metadata, path: path)
    let (size, overflow) = header.count.addingReportingOverflow(dataSize)
    guard !overflow else { throw tooLarge(path) }
    var file = try AtomicFile(path: path, expectedSize: size)
    try file.write(header)
    for tensor in ordered { try write(tensor, to: &file) }
    try file.commit()
  }

  private static func write(_ tensor: Tensor, to file: inout AtomicFile) throws(InputError) {
    let rowCount = tensor.shape.first ?? 1
    let columnCount = tensor.shape.dropFirst().reduce(1, *)
    guard rowCount > 0, columnCount > 0 else { return }
    let chunkRows = min(rowCount, max(1, chunkElements / columnCount))
    let floats = UnsafeMutablePointer<Float>.allocate(capacity: chunkRows * columnCount)  // [chunkRows, columnCount]
    let elements = UnsafeMutableRawPointer.allocate(  // [chunkRows, columnCount]
      byteCount: chunkRows * columnCount * tensor.dtype.byteCount, alignment: 16)
    defer {
      floats.deallocate()
      elements.deallocate()
    }
    for start in stride(from: 0, to: rowCount, by: chunkRows) {
      let rows = start..<min(start + chunkRows, rowCount)
      let count = rows.count * columnCount
      tensor.fill(rows, floats)
      RowConversion.narrow(floats, to: tensor.dtype, count: count, into: elements)
      try file.write(UnsafeRawBufferPointer(start: elements, count: count * tensor.dtype.byteCount))
    }
  }

  /// Length, JSON and padding to a multiple of 8 bytes; and the bytes of all tensors.
  private static func header(
    _ tensors: [Tensor], metadata: [String: String], path: String
  ) throws(InputError) -> (bytes: [UInt8], dataSize: Int) {
    var names = UniqueKeys()
    var members: [ConfigurationValue.Entry] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }
      members.append(
        .init(key: "__metadata__", value: .object(pairs.map { .init(key: $0.key, value: .string($0.value)) })))
    }
    var offset = 0
    for tensor in tensors {
      precondition(names.insert(tensor.name), "two tensors are named \(tensor.name)")
      var byteCount = tensor.dtype.byteCount
      for size in tensor.shape {
        let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
        if overflow { throw tooLarge(path) }
        byteCount = product
      }
      let (end, overflow) = offset.addingReportingOverflow(byteCount)
      if overflow { throw tooLarge(path) }
      let description = ConfigurationValue.object([
        .init(key: "dtype", value: .string(dtypeName(tensor.dtype))),
        .init(key: "shape", value: .array(tensor.shape.map { .integer($0) })),
        .init(key: "data_offsets", value: .array([.integer(offset), .integer(end)])),
      ])
      members.append(.init(key: tensor.name, value: description))
      offset = end
    }
    var json = Array(JSONWriter().text(.object(members)).utf8)
    // Spaces after the JSON align the first tensor.
    while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
    guard json.count <= SafetensorsHeader.lengthLimit else {
      throw InputError(
        file: path, problem: "\(tensors.count) tensors need a header beyond the format's limit",
        cure: "use fewer layers")
    }
    let length = (0..<8).map { UInt8(truncatingIfNeeded: json.count >> ($0 * 8)) }
    return (length + json, offset)
  }

  private static func tooLarge(_ path: String) -> InputError {
    InputError(
      file: path, problem: "the tensors have more bytes than 64 bits can count", cure: "make the model smaller")
  }

  private static func dtypeName(_ dtype: DType) -> String {
    switch dtype {
    case .fp32: "F32"
    case .fp16: "F16"
    case .bf16: "BF16"
    }
  }
}
