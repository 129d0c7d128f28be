#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The standard streams as the process found them.
public enum StandardStreams {
  /// Makes a write that fails an error of the writer: never the end of the process, never bytes in another file.
  ///
  /// To be called before any file is opened.
  public static func prepare() {
    // A pipe whose reader has left and a file beyond `ulimit -f` would else end the process, with all it has measured.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    // The number of a stream that the caller has closed is free: the next file to be opened, such as the results, would
    // get it, and with it all that is meant for the stream. In ascending order, `open` hands out just that number.
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
      // Read-only, so that rows which nobody can receive still are an error; messages that nobody reads are none.
      if open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY) < 0 { _ = open("/", O_RDONLY) }
    }
  }
}
