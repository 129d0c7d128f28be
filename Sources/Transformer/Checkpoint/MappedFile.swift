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
  /// `nil` for bytes that are in memory already.
  private let file: OpenFile?

  /// Bytes that are in memory already, under the name of a file; they must outlive this object.
  init(borrowing bytes: UnsafeRawBufferPointer, as path: String) {
    self.path = path
    self.bytes = bytes
    isMapped = false
    file = nil
  }

  init(path: String) throws(InputError) {
    let file = try RegularFile(reading: path)
    self.path = path
    isMapped = true
    guard file.size > 0 else {
      // mmap refuses an empty range.
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      self.file = OpenFile(file)
      return
    }
    guard let address = mmap(nil, file.size, PROT_READ, MAP_PRIVATE, file.descriptor, 0), address != MAP_FAILED else {
      throw systemError(errno, "cannot be mapped", file: path)
    }
    bytes = UnsafeRawBufferPointer(start: address, count: file.size)
    // Each tensor is read front to back once: the kernel reads far ahead.
    madvise(address, file.size, MADV_SEQUENTIAL)
    #if !canImport(Darwin)
      posix_fadvise(file.descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    #endif
    self.file = OpenFile(file)
  }

  /// Copies part of the file's bytes, which lie in `bytes`, to `destination`.
  ///
  /// Large parts are read instead of mapped: that spares a fault for every few pages.
  func copy(_ part: UnsafeRawBufferPointer, to destination: UnsafeMutableRawPointer) {
    guard !part.isEmpty, let source = part.baseAddress, let base = bytes.baseAddress else { return }
    let start = source - base
    precondition(start >= 0 && start + part.count <= bytes.count, "\(part.count) bytes at \(start) of \(path)")
    var done = 0
    if let descriptor = file?.file.descriptor, part.count >= 1 << 12 {
      while done < part.count {
        let received = pread(descriptor, destination + done, part.count - done, off_t(start + done))
        if received < 0, errno == EINTR { continue }
        guard received > 0 else { break }
        done += received
      }
    }
    (destination + done).copyMemory(from: source + done, byteCount: part.count - done)
  }

  /// Has the system read part of the file's bytes, which lie in `bytes`, into its page cache, and does not wait for it.
  ///
  /// Threads that read one file by turns hide from the system that together they read it front to back.
  func willRead(_ part: UnsafeRawBufferPointer) {
    guard let first = part.baseAddress, let base = bytes.baseAddress else { return }
    let end = first - base + part.count
    // Linux cuts each request to what its device reads ahead, at least 128 KiB.
    for start in stride(from: first - base, to: end, by: 128 << 10) {
      advise(start..<min(end, start + 128 << 10), MADV_WILLNEED)
    }
  }

  deinit {
    if isMapped, let address = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: address), bytes.count) }
  }

  /// Gives the pages under `range`, an offset range of the file, back to the system.
  ///
  /// Pages shared with a neighbour go too: they return from the page cache when the neighbour is read.
  func giveBack(_ range: Range<Int>) { advise(range, MADV_DONTNEED) }

  /// Tells the system about the pages under an offset range of the file.
  private func advise(_ range: Range<Int>, _ advice: Int32) {
    guard isMapped, let address = bytes.baseAddress, !range.isEmpty else { return }
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    let start = range.lowerBound / pageSize * pageSize
    madvise(UnsafeMutableRawPointer(mutating: address + start), range.upperBound - start, advice)
  }
}

/// Shared ownership of an open file.
private final class OpenFile: Sendable {
  let file: RegularFile

  init(_ file: consuming RegularFile) { self.file = file }
}
