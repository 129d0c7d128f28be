/// What the build knew of its sources. A module of its own, so that a new commit compiles nothing else again.
public enum BuildInformation {
  /// The commit, 40 hexadecimal digits, with "-dirty" when tracked files had changes; "unknown" outside a checkout.
  @inline(never)
  public static func commit() -> String { stampedCommit }
}
