#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An open regular file: opening a folder, a pipe or a device is an error and never blocks.
package struct RegularFile: ~Copyable {
  package let path: String
  let descriptor: Int32
  /// Bytes, when it was opened.
  let size: Int

  init(reading path: String) throws(InputError) {
    guard !path.utf8.contains(0) else {
      throw InputError(file: quoted(path), problem: "a path must not hold a NUL character")
    }
    // Without O_NONBLOCK the open of a pipe that nobody writes to would wait for ever.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw systemError(errno, "cannot be opened", file: path) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw systemError(code, "cannot be examined", file: path)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "is a folder" : "is a pipe or device"
      throw InputError(file: path, problem: "\(kind), not a file", cure: "name a regular file")
    }
    self.path = path
    self.descriptor = descriptor
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// The whole file as an array; for text, not for weights.
  package static func contents(of path: String, sizeLimit: Int) throws(InputError) -> [UInt8] {
    let file = try RegularFile(reading: path)
    guard file.size <= sizeLimit else {
      throw InputError(
        file: path, problem: "has \(file.size) bytes, more than the \(sizeLimit) that such a file may have",
        cure: "check that it is the right file")
    }
    var bytes = [UInt8](repeating: 0, count: file.size)
    var count = 0
    while count < bytes.count {
      let received = bytes.withUnsafeMutableBytes { buffer in
        read(file.descriptor, buffer.baseAddress! + count, buffer.count - count)
      }
      if received == 0 { break }
      if received < 0 {
        if errno == EINTR { continue }
        throw systemError(errno, "cannot be read", file: path)
      }
      count += received
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  /// Whether anything is at `path`.
  static func exists(_ path: String) -> Bool {
    !path.utf8.contains(0) && access(path, F_OK) == 0
  }

  /// Whether a folder is at `path`.
  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return !path.utf8.contains(0) && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}

/// What the system said, as an error about `file`.
func systemError(_ code: Int32, _ problem: String, file: String, cure: String? = nil) -> InputError {
  let usualCure: String? =
    switch code {
    case ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP: "check the path"
    case EACCES, EPERM: "check its permissions"
    case ENOSPC, EDQUOT: "free some space or choose another folder"
    case EROFS: "choose a folder on a writable file system"
    case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
    case ENOMEM: "free some memory"
    case EFBIG: "raise the limit on file sizes (ulimit -f), or choose another folder"
    default: nil
    }
  return InputError(file: file, problem: "\(problem): \(String(cString: strerror(code)))", cure: cure ?? usualCure)
}
