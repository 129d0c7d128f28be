/// The checked header of a GGUF file.
struct GGUFHeader {
  /// Where tensors begin unless `general.alignment` says otherwise.
  private static let defaultAlignment = 32
  private static let dimensionLimit = 4
  private static let tensorLimit = 1 << 20

  let version: Int
  /// A mapping of all metadata.
  let metadata: ConfigurationValue
  /// In the order of the bytes.
  private(set) var entries: [GGUFFile.Entry] = []
  /// Positions in `entries`.
  private(set) var indices: [String: Int] = [:]

  init(of bytes: UnsafeRawBufferPointer, file: String) throws(InputError) {
    var cursor = GGUFCursor(bytes, file: file)
    version = try Self.version(&cursor)
    let tensorCount = try cursor.count(
      of: "tensors", size: 8 + 1 + 4 + 4 + 8, limit: Self.tensorLimit)
    let metadata = try GGUFMetadata(&cursor, count: GGUFMetadata.count(&cursor))
    self.metadata = .object(metadata.entries)
    let alignment = try Self.alignment(self.metadata, file: file)

    var names = UniqueKeys()
    for index in 0..<tensorCount {
      let entry = try Self.entry(&cursor, index, alignment: alignment)
      guard names.insert(entry.name) else { throw cursor.error([quoted(entry.name)], "two tensors have this name") }
      entries.append(entry)
    }
    let (dataStart, overflow) = cursor.position.addingReportingOverflow(alignment - 1)
    guard !overflow else { throw cursor.error([], "the tensors begin beyond the end of the file") }
    try place(from: dataStart / alignment * alignment, to: bytes.count, file: file)
    for (index, entry) in entries.enumerated() where indices.updateValue(index, forKey: entry.name) != nil {
      // The bytes differ; these names differ only in how Unicode composes their letters.
      throw InputError(file: file, path: [quoted(entry.name)], problem: "two tensors have this name")
    }
  }

  private static func version(_ cursor: inout GGUFCursor) throws(InputError) -> Int {
    let start = cursor
    let magic = try cursor.integer(UInt32.self, "the magic number")
    guard magic == 0x4655_4747 else {
      // What the same tools wrote before GGUF: ggml, ggmf, ggjt and ggla, as numbers.
      let isOlder = [0x6767_6d6c, 0x6767_6d66, 0x6767_6a74, 0x6767_6c61].contains(magic)
      throw start.error(
        [], isOlder ? "the file is in a format older than GGUF" : "the file does not begin with 'GGUF'",
        cure: isOlder ? "convert the model to GGUF again" : "check that this is a GGUF file")
    }
    let numberStart = cursor
    let version = try cursor.integer(UInt32.self, "the version")
    // A small number with its bytes swapped.
    if version & 0xFFFF == 0, version != 0 {
      throw numberStart.error(
        [], "the file is big-endian (version \(version.byteSwapped))", cure: "convert the model to little-endian GGUF")
    }
    guard version == 2 || version == 3 else {
      throw numberStart.error(
        [], "version \(version) of GGUF is not supported",
        cure: version < 2 ? "convert the model again: versions 2 and 3 are read" : "versions 2 and 3 are read")
    }
    return Int(version)
  }

  private static func alignment(_ metadata: ConfigurationValue, file: String) throws(InputError) -> Int {
    switch metadata["general.alignment"] {
    case nil: return defaultAlignment
    case .integer(let alignment)? where alignment > 0 && alignment <= 1 << 30 && alignment & (alignment - 1) == 0:
      return alignment
    case let value?:
      throw InputError(
        file: file, path: ["general.alignment"], problem: "must be a power of two, is \(value.scalarText)",
        cure: "the file is damaged: fetch or convert it again")
    }
  }

  /// One tensor's name, shape, type and offset; its range counts from the first tensor's byte until it is placed.
  private static func entry(
    _ cursor: inout GGUFCursor, _ index: Int, alignment: Int
  ) throws(InputError) -> GGUFFile.Entry {
    let name = try cursor.string("the name of tensor \(index)")
    let path = [quoted(name)]
    let dimensionCount = try cursor.integer(UInt32.self, "the number of dimensions", at: path)
    guard dimensionCount <= UInt32(dimensionLimit) else {
      throw cursor.error(path, "\(dimensionCount) dimensions are more than the \(dimensionLimit) of the format")
    }
    var shape: [Int] = []
    var elementCount = 1
    for _ in 0..<dimensionCount {
      let size = try cursor.integer(UInt64.self, "a dimension", at: path)
      // Counted without zeros, so that a dimension of 0 hides no other that is too large.
      let (product, overflow) = elementCount.multipliedReportingOverflow(by: max(1, Int(exactly: size) ?? 0))
      guard let size = Int(exactly: size), !overflow else {
        throw cursor.error(path, "its shape has more elements than 64 bits can count")
      }
      elementCount = product
      // The file has the fastest dimension first.
      shape.insert(size, at: 0)
    }
    let number = try cursor.integer(UInt32.self, "the type", at: path)
    guard let type = GGUFTensorType.numbered(number) else {
      let isRemoved = GGUFTensorType.isRemoved(number)
      throw cursor.error(
        path, isRemoved ? "its type \(number) was removed from the format" : "its type \(number) is not known",
        cure: isRemoved ? "convert the model again" : "check that the file is whole; it may need a newer program")
    }
    let bytes = try byteCount(shape, type) { (problem) throws(InputError) in throw cursor.error(path, problem) }
    let offset = try cursor.integer(UInt64.self, "the offset", at: path)
    guard offset % UInt64(alignment) == 0 else {
      throw cursor.error(path, "its offset \(offset) is no multiple of the alignment \(alignment)")
    }
    guard let start = Int(exactly: offset), !start.addingReportingOverflow(bytes).overflow else {
      throw cursor.error(path, "its bytes end beyond what 64 bits can count")
    }
    return GGUFFile.Entry(name: name, type: type, shape: shape, range: start..<start + bytes)
  }

  private static func byteCount(
    _ shape: [Int], _ type: GGUFTensorType, fail: (String) throws(InputError) -> Never
  ) throws(InputError) -> Int {
    let columns = shape.last ?? 1
    guard columns % type.blockLength == 0 else {
      try fail(
        "its rows of \(columns) elements are no whole number of \(type.name)'s blocks of \(type.blockLength)")
    }
    let blocks = shape.dropLast().reduce(columns / type.blockLength, *)
    let (bytes, overflow) = blocks.multipliedReportingOverflow(by: type.blockBytes)
    if overflow { try fail("it has more bytes than 64 bits can count") }
    return bytes
  }

  /// Turns ranges into offsets of the file and checks that they lie in it, apart from each other.
  ///
  /// Bytes between tensors belong to none: the format pads to the alignment and forbids no larger gaps.
  private mutating func place(from dataStart: Int, to fileEnd: Int, file: String) throws(InputError) {
    entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    var end = 0
    for index in entries.indices {
      let range = entries[index].range
      let path = [quoted(entries[index].name)]
      guard range.lowerBound >= end || range.isEmpty else {
        throw InputError(
          file: file, path: path, problem: "its bytes overlap those of the tensor before it",
          cure: "the file is damaged: fetch or convert it again")
      }
      guard dataStart <= fileEnd, range.upperBound <= fileEnd - dataStart else {
        let needed = dataStart.addingReportingOverflow(range.upperBound)
        throw InputError(
          file: file, path: path,
          problem: "the file is truncated: the tensor ends at byte"
            + " \(needed.overflow ? "2^63" : "\(needed.partialValue)"), the file has \(fileEnd)",
          cure: "the file is damaged or incomplete: fetch it again")
      }
      end = max(end, range.upperBound)
      entries[index].range = dataStart + range.lowerBound..<dataStart + range.upperBound
    }
  }
}
