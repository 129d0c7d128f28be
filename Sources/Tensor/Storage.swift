#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A block of memory that starts at a 2 MB boundary, is zero at first and is backed by huge pages where the system
/// gives them: weights and caches are streamed front to back, and small pages cost a quarter of the bandwidth.
///
/// The contents are shared without checks: whoever writes them must know that nobody reads.
public final class Storage: @unchecked Sendable {
  /// Bytes of a huge page.
  public static let hugePage = 2 << 20

  /// The first byte, at a 2 MB boundary.
  public let base: UnsafeMutableRawPointer
  /// Usable bytes.
  public let byteCount: Int
  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int

  /// Maps `byteCount` bytes. Pages are taken from the system when they are first touched.
  ///
  /// - Throws: `OutOfMemory` when the system refuses.
  public init(byteCount: Int, hugePages: Bool = true) throws(OutOfMemory) {
    let aligned = max(1, byteCount)
    let (total, overflows) = aligned.addingReportingOverflow(Storage.hugePage)
    guard byteCount >= 0, !overflows else { throw OutOfMemory(byteCount: byteCount) }
    mappedBytes = total
    #if canImport(Glibc)
      let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    #else
      let flags = MAP_PRIVATE | MAP_ANON
    #endif
    guard let mapping = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, flags, -1, 0), mapping != MAP_FAILED else {
      throw OutOfMemory(byteCount: byteCount)
    }
    self.mapping = mapping
    self.byteCount = byteCount
    base = UnsafeMutableRawPointer(
      bitPattern: (UInt(bitPattern: mapping) + UInt(Storage.hugePage - 1))
        & ~UInt(Storage.hugePage - 1))!
    #if canImport(Glibc)
      _ = madvise(base, aligned, hugePages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE)
    #endif
  }

  deinit {
    munmap(mapping, mappedBytes)
  }
}

/// The system has no room for a block of memory.
public struct OutOfMemory: Error, CustomStringConvertible {
  public let byteCount: Int

  public var description: String { "the system refused to map \(byteCount) bytes of memory" }
}

/// Hands out parts of one block, each at a 64-byte boundary.
public struct Arena {
  /// Bytes handed out so far.
  public private(set) var used = 0

  public init() {}

  /// The offset of `byteCount` new bytes.
  public mutating func reserve(_ byteCount: Int, alignment: Int = 64) -> Int {
    let start = (used + alignment - 1) / alignment * alignment
    used = start + byteCount
    return start
  }
}
