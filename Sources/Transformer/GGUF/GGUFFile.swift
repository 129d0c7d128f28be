import Tensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A mapped file of metadata and tensors in the GGUF format, versions 2 and 3, little-endian.
///
/// Opening checks everything that the header claims before any memory is set aside for it: counts, keys, types,
/// shapes, alignment, and that each tensor's bytes lie in the file and apart from the others'. Tensors in types that
/// the engine does not run may occur; only reading such a tensor is an error.
/// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
public final class GGUFFile: Sendable {
  /// What the header says about one tensor.
  public struct Entry: Sendable, Equatable {
    public let name: String
    public let type: GGUFTensorType
    /// Slowest dimension first, as everywhere in this package; the file has them in the opposite order.
    public let shape: [Int]
    /// The tensor's bytes, as offsets of the file.
    public internal(set) var range: Range<Int>

    /// Rows of the tensor seen as a matrix [first dimension, product of the others].
    public var rowCount: Int { shape.first ?? 1 }
    /// Columns of that matrix.
    public var columnCount: Int { shape.dropFirst().reduce(1, *) }
  }

  public let path: String
  /// 2 or 3.
  public let version: Int
  /// All metadata: a mapping whose keys are as the file spells them, `llama.block_count`.
  public let metadata: ConfigurationValue
  /// Every tensor, in the order of the bytes.
  public let entries: [Entry]
  private let indices: [String: Int]
  let file: MappedFile

  /// Maps the file at `path` and checks its header.
  public convenience init(path: String) throws(InputError) {
    try self.init(MappedFile(path: path))
  }

  init(_ file: MappedFile) throws(InputError) {
    let header = try GGUFHeader(of: file.bytes, file: file.path)
    path = file.path
    self.file = file
    version = header.version
    metadata = header.metadata
    entries = header.entries
    indices = header.indices
  }

  /// The tensor of that name, or `nil`.
  public func entry(_ name: String) -> Entry? {
    indices[name].map { entries[$0] }
  }

  /// The tensor's bytes as they are in the file; valid as long as this object lives.
  public func bytes(of entry: Entry) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: file.bytes[entry.range])
  }

  /// Whether two tensors hold the same bytes.
  func haveSameBytes(_ first: Entry, _ second: Entry) -> Bool {
    guard first.range.count == second.range.count else { return false }
    guard let start = bytes(of: first).baseAddress, let other = bytes(of: second).baseAddress else { return true }
    return memcmp(start, other, first.range.count) == 0
  }

  /// Gives the tensor's mapped pages back to the system; a later read fetches them again.
  public func release(_ entry: Entry) {
    file.giveBack(entry.range)
  }

  /// Whether the file at `path` begins as a GGUF file does, or is called one; `false` where it cannot be read.
  public static func hasMagic(_ path: String) -> Bool {
    if path.hasSuffix(".gguf") { return true }
    guard let file = try? MappedFile(path: path) else { return false }
    return file.bytes.starts(with: "GGUF".utf8)
  }
}
