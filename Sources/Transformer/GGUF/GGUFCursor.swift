/// Reads a GGUF header front to back, little-endian, and never past its end.
struct GGUFCursor {
  /// A header longer than this is refused: the largest vocabularies need a fifth of it.
  static let headerLimit = 1 << 27

  private let bytes: UnsafeRawBufferPointer
  private let file: String
  /// The offset of the next byte.
  private(set) var position = 0

  /// - file: named in errors.
  init(_ bytes: UnsafeRawBufferPointer, file: String) {
    self.bytes = UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.headerLimit))
    self.file = file
    isCut = bytes.count > Self.headerLimit
  }

  private let isCut: Bool

  /// Bytes that are left.
  var remaining: Int { bytes.count - position }

  /// An error about what stands at the read position.
  func error(_ path: [String], _ problem: String, cure: String? = nil) -> InputError {
    InputError(
      file: file, path: path, problem: "\(problem) (byte \(position))",
      cure: cure ?? "the file is damaged: fetch or convert it again")
  }

  /// Refuses to go on when fewer than `count` bytes are left for `what`.
  func require(_ count: Int, for what: String, at path: [String]) throws(InputError) {
    guard count > remaining else { return }
    guard !isCut else {
      throw error(path, "the header is longer than \(Self.headerLimit) bytes", cure: "check that this is a GGUF file")
    }
    throw error(
      path, "the file is truncated: \(what) needs \(count) bytes, \(remaining) are left",
      cure: "the file is damaged or incomplete: fetch it again")
  }

  mutating func integer<Value: FixedWidthInteger>(
    _ type: Value.Type = Value.self, _ what: String, at path: [String] = []
  ) throws(InputError) -> Value {
    try require(MemoryLayout<Value>.size, for: what, at: path)
    let value = Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Value.self))
    position += MemoryLayout<Value>.size
    return value
  }

  /// A count of things that take at least `size` bytes each, so that a file can claim no more than it holds.
  mutating func count(
    of what: String, size: Int, limit: Int, at path: [String] = []
  ) throws(InputError) -> Int {
    let start = self
    let count = try integer(UInt64.self, "the number of \(what)", at: path)
    guard count <= UInt64(limit) else {
      throw start.error(path, "\(count) \(what) are more than the \(limit) that are read")
    }
    guard count <= UInt64(remaining / size) else {
      throw start.error(path, "\(count) \(what) do not fit into the \(remaining) bytes that are left")
    }
    return Int(count)
  }

  /// A length and as many bytes of UTF-8.
  mutating func string(_ what: String, at path: [String] = []) throws(InputError) -> String {
    let start = self
    let length = try integer(UInt64.self, "the length of \(what)", at: path)
    guard length <= UInt64(remaining) else {
      throw start.error(path, "\(what) claims \(length) bytes, \(remaining) are left")
    }
    let text = UnsafeRawBufferPointer(rebasing: bytes[position..<position + Int(length)])
    if let offset = UTF8Validation.firstInvalidByte(in: text) {
      position += offset
      throw error(path, "\(what) is not UTF-8")
    }
    position += Int(length)
    return String(decoding: text, as: UTF8.self)
  }
}
