/// The checked header of a safetensors file.
struct SafetensorsHeader {
  /// A longer header is refused unread, by this engine as by the format's own library.
  static let lengthLimit = 100_000_000

  var metadata: [String: String] = [:]
  /// In the order of the bytes.
  var entries: [SafetensorsFile.Entry] = []
  /// Positions in `entries`.
  var indices: [String: Int] = [:]

  init(of bytes: UnsafeRawBufferPointer, file: String) throws(InputError) {
    let damaged = "the file is damaged or incomplete: fetch it again"
    guard bytes.count >= 8 else {
      throw InputError(
        file: file, problem: "has \(bytes.count) bytes, a safetensors file begins with 8 for the header's length",
        cure: damaged)
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(Self.lengthLimit) else {
      throw InputError(
        file: file, problem: "the header's length \(length) is beyond the format's limit of \(Self.lengthLimit) bytes",
        cure: "check that this is a safetensors file")
    }
    let dataStart = 8 + Int(length)
    guard dataStart <= bytes.count else {
      throw InputError(
        file: file, problem: "the header takes \(dataStart) bytes, the file has only \(bytes.count)", cure: damaged)
    }
    let headerBytes = UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart])
    guard headerBytes.first == UInt8(ascii: "{") else {
      throw InputError(
        file: file, problem: "the header does not begin with '{'", cure: "check that this is a safetensors file")
    }
    let header = try JSONParser(file: "\(file): header").parse(headerBytes)
    guard case .object(let members) = header else {
      throw InputError(
        file: file, problem: "the header must be a mapping, is \(header.kind)",
        cure: "check that this is a safetensors file")
    }
    for member in members {
      if member.key == "__metadata__" {
        metadata = try Self.metadata(member.value, file: file)
      } else {
        entries.append(try Self.entry(member, dataStart: dataStart, file: file))
      }
    }
    entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    try checkCoverage(from: dataStart, to: bytes.count, file: file)
    for (index, entry) in entries.enumerated() where indices.updateValue(index, forKey: entry.name) != nil {
      // The parser has refused equal bytes; these differ only in how Unicode composes their letters.
      throw InputError(file: file, path: [quoted(entry.name)], problem: "two tensors have this name")
    }
  }

  /// The tensors' ranges must follow each other from the header's end to the file's.
  private func checkCoverage(from dataStart: Int, to fileEnd: Int, file: String) throws(InputError) {
    var end = dataStart
    for entry in entries {
      let start = entry.range.lowerBound
      if start != end {
        let problem =
          start < end
          ? "its bytes overlap those of the tensor before it"
          : "\(start - end) bytes before it belong to no tensor"
        throw InputError(
          file: file, path: [quoted(entry.name)],
          problem: "\(problem) (begins at \(start - dataStart), expected \(end - dataStart))",
          cure: "write the file again with the safetensors library")
      }
      end = entry.range.upperBound
    }
    guard end == fileEnd else {
      throw end > fileEnd
        ? InputError(
          file: file, problem: "is truncated: the header describes \(end) bytes, the file has \(fileEnd)",
          cure: "fetch or write it again")
        : InputError(
          file: file,
          problem: "\(fileEnd - end) bytes after the last tensor belong to none"
            + " (the header describes \(end) bytes, the file has \(fileEnd))", cure: "fetch or write it again")
    }
  }

  private static func metadata(_ value: ConfigurationValue, file: String) throws(InputError) -> [String: String] {
    guard case .object(let members) = value else {
      if value == .null { return [:] }
      throw InputError(
        file: file, path: ["__metadata__"], problem: "must be a mapping of strings, is \(value.kind)",
        cure: "write the file again with the safetensors library")
    }
    var metadata: [String: String] = [:]
    for member in members {
      guard case .string(let text) = member.value else {
        throw InputError(
          file: file, path: ["__metadata__", quoted(member.key)], problem: "must be a string, is \(member.value.kind)",
          cure: "write the file again with the safetensors library")
      }
      metadata[member.key] = text
    }
    return metadata
  }

  private static func entry(
    _ member: ConfigurationValue.Entry, dataStart: Int, file: String
  ) throws(InputError) -> SafetensorsFile.Entry {
    func error(_ problem: String) -> InputError {
      InputError(
        file: file, path: [quoted(member.key)], problem: problem,
        cure: "write the file again with the safetensors library")
    }
    guard case .string(let dtypeName)? = member.value["dtype"] else { throw error("has no dtype") }
    guard let shape = sizes(member.value["shape"]) else { throw error("its shape must be a list of sizes") }
    guard let offsets = sizes(member.value["data_offsets"]), offsets.count == 2, offsets[0] <= offsets[1],
      offsets[1] <= Int.max - dataStart
    else { throw error("its data_offsets must be a first and a last byte") }
    // From the last dimension to the first, so that the columns alone are counted too: a first dimension of 0 hides
    // none of them.
    var elementCount = 1
    for size in shape.reversed() {
      let (product, overflow) = elementCount.multipliedReportingOverflow(by: size)
      if overflow { throw error("its shape \(abbreviated(shape)) has more elements than 64 bits can count") }
      elementCount = product
    }
    if let bitCount = elementBits[dtypeName] {
      let (bits, overflow) = elementCount.multipliedReportingOverflow(by: bitCount)
      guard !overflow, bits % 8 == 0, bits / 8 == offsets[1] - offsets[0] else {
        throw error(
          "its shape \(abbreviated(shape)) of \(dtypeName) does not fill its \(offsets[1] - offsets[0]) bytes"
            + (overflow ? "" : " but \((bits + 7) / 8)"))
      }
    }
    return SafetensorsFile.Entry(
      name: member.key, dtypeName: dtypeName, shape: shape, range: dataStart + offsets[0]..<dataStart + offsets[1])
  }

  private static func sizes(_ value: ConfigurationValue?) -> [Int]? {
    guard case .array(let elements)? = value else { return nil }
    var sizes: [Int] = []
    for element in elements {
      guard case .integer(let size) = element, size >= 0 else { return nil }
      sizes.append(size)
    }
    return sizes
  }

  /// Bits of one element. A dtype that is not here is newer than this table: its bytes cannot be checked.
  private static let elementBits = [
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
    "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64,
    "C64": 64,
  ]
}
