import Tensor

/// A mapped file of tensors in the safetensors format: 8 bytes header length, a JSON header, the tensors' bytes.
///
/// Opening checks everything that the format promises: the header's length and JSON, that each tensor's bytes are as
/// many as its shape and dtype say, and that the tensors cover the rest of the file without overlap, hole or remainder.
/// Dtypes other than fp32, fp16 and bf16 may occur; only reading such a tensor is an error.
/// Format: https://github.com/huggingface/safetensors#format
public final class SafetensorsFile: Sendable {
  /// What the header says about one tensor.
  public struct Entry: Sendable, Equatable {
    public let name: String
    /// The dtype as the file spells it: "F32", "BF16", "I64", ….
    public let dtypeName: String
    public let shape: [Int]
    /// The tensor's bytes, as offsets of the file.
    public let range: Range<Int>

    /// The dtype, or `nil` when it is none that this engine reads.
    public var dtype: DType? {
      switch dtypeName {
      case "F32": .fp32
      case "F16": .fp16
      case "BF16": .bf16
      default: nil
      }
    }

    /// Rows of the tensor seen as a matrix [first dimension, product of the others].
    public var rowCount: Int { shape.first ?? 1 }
    /// Columns of that matrix.
    public var columnCount: Int { shape.dropFirst().reduce(1, *) }
  }

  public let path: String
  /// The header's `__metadata__`.
  public let metadata: [String: String]
  /// Every tensor, in the order of the bytes.
  public let entries: [Entry]
  private let indices: [String: Int]
  let file: MappedFile

  /// Maps the file at `path` and checks its header.
  public convenience init(path: String) throws(InputError) {
    try self.init(MappedFile(path: path))
  }

  init(_ file: MappedFile) throws(InputError) {
    let header = try SafetensorsHeader(of: file.bytes, file: file.path)
    path = file.path
    self.file = file
    metadata = header.metadata
    entries = header.entries
    indices = header.indices
  }

  /// The tensor of that name, or `nil`.
  public func entry(_ name: String) -> Entry? {
    indices[name].map { entries[$0] }
  }

  /// The tensor's bytes as they are in the file, at any alignment; valid as long as this object lives.
  public func bytes(of entry: Entry) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: file.bytes[entry.range])
  }

  /// Gives the tensor's mapped pages back to the system; a later read fetches them again.
  public func release(_ entry: Entry) {
    file.giveBack(entry.range)
  }
}
