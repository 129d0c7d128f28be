/// The huge pages that the system has given to this process.
enum HugePages {
  /// Bytes of anonymous memory in 2 MB pages; `nil` when unknown.
  ///
  /// - Parameter root: where /proc is looked for; "" on a real machine.
  static func obtainedBytes(root: String = "") -> Int? {
    SystemFile.text(root + "/proc/self/smaps_rollup").flatMap { AvailableMemory.kilobytes("AnonHugePages", in: $0) }
  }
}
