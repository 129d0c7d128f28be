#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file mapped read-only for as long as this object lives.
///
/// The file must not shrink meanwhile: the kernel answers a read past its new end with SIGBUS.
final class MappedFile: Sendable {
  let path: String
  nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
  private let isMapped: Bool

  /// Bytes that are in memory already, under the name of a file; they must outlive this object.
  init(borrowing bytes: UnsafeRawBufferPointer, as path: String) {
    self.path = path
    self.bytes = bytes
    isMapped = false
  }

  init(path: String) throws(InputError) {
    let file = try RegularFile(reading: path)
    self.path = path
    isMapped = true
    guard file.size > 0 else {
      // mmap refuses an empty range.
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let address = mmap(nil, file.size, PROT_READ, MAP_PRIVATE, file.descriptor, 0), address != MAP_FAILED else {
      throw systemError(errno, "cannot be mapped", file: path)
    }
    bytes = UnsafeRawBufferPointer(start: address, count: file.size)
    // Each tensor is read front to back once: the kernel reads far ahead.
    madvise(address, file.size, MADV_SEQUENTIAL)
  }

  deinit {
    if isMapped, let address = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: address), bytes.count) }
  }

  /// Gives the pages under `range`, an offset range of the file, back to the system.
  ///
  /// Pages shared with a neighbour go too: they return from the page cache when the neighbour is read.
  func giveBack(_ range: Range<Int>) {
    guard isMapped, let address = bytes.baseAddress, !range.isEmpty else { return }
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    let start = range.lowerBound / pageSize * pageSize
    madvise(UnsafeMutableRawPointer(mutating: address + start), range.upperBound - start, MADV_DONTNEED)
  }
}
