#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The part of an unfinished file's name that says which process makes it, `PID@HOST`.
///
/// A process that is killed leaves such files behind, and the next one that writes there removes them. The host's name
/// keeps it from what another machine is writing to a folder that both see.
public enum MakerMark {
  /// This process's mark.
  public static var own: String { "\(getpid())@\(host)" }

  /// Whether the process that a mark names ran on this machine and is gone; false for what is no mark.
  public static func isAbandoned(_ mark: some StringProtocol) -> Bool {
    let parts = mark.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1] == host, let maker = pid_t(parts[0]), maker > 0 else { return false }
    // Signal 0 only asks whether the process is there.
    return kill(maker, 0) != 0 && errno == ESRCH
  }

  private static let host: String = {
    var buffer = [CChar](repeating: 0, count: 256)
    // The last byte stays 0: a name that was cut need not end with one.
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
    let name = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: name, as: UTF8.self).split(separator: "/").joined(separator: "_")
  }()
}
