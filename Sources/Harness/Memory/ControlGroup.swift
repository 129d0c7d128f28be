/// A control group with a memory limit, version 1 or 2.
struct ControlGroup: Equatable {
  enum Version: Equatable { case v1, v2 }

  var version: Version
  /// The group's folder.
  var folder: String

  /// The groups of a controller around this process, innermost first: a limit of any of them binds.
  static func all(root: String, controller: String = "memory") -> [ControlGroup] {
    guard let membership = SystemFile.text(root + "/proc/self/cgroup"),
      let mounts = SystemFile.text(root + "/proc/self/mountinfo")
    else { return [] }
    var groups: [ControlGroup] = []
    for line in membership.split(separator: "\n") {
      // hierarchy:controllers:path; version 2 has no controllers.
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let version: Version
      if parts[1].isEmpty {
        version = .v2
      } else if parts[1].split(separator: ",").contains(Substring(controller)) {
        version = .v1
      } else {
        continue
      }
      guard let mount = Mount.find(version, controller, in: mounts) else { continue }
      groups += mount.folders(of: String(parts[2])).map { ControlGroup(version: version, folder: root + $0) }
    }
    return groups
  }

  /// What the group's limit leaves; `nil` when it has none.
  func available() -> AvailableMemory? {
    let usageFile = folder + (version == .v2 ? "/memory.current" : "/memory.usage_in_bytes")
    guard let limit = memoryLimit(), let usage = SystemFile.text(usageFile).flatMap({ Int($0) }) else { return nil }
    return AvailableMemory(bytes: max(0, limit - max(0, usage - reclaimable())), limit: limitFile)
  }

  /// Bytes that the group may use; `nil` when it has no limit.
  func memoryLimit() -> Int? {
    // "max", or in version 1 a number near 2^63, means no limit.
    SystemFile.text(limitFile).flatMap { Int($0) }.flatMap { $0 < 1 << 60 ? $0 : nil }
  }

  private var limitFile: String { folder + (version == .v2 ? "/memory.max" : "/memory.limit_in_bytes") }

  /// Bytes of clean page cache: counted as used, but given up before an allocation fails.
  private func reclaimable() -> Int {
    guard let statistics = SystemFile.text(folder + "/memory.stat") else { return 0 }
    func value(_ key: String) -> Int { SystemFile.field(key, in: statistics).flatMap { Int($0) } ?? 0 }
    return switch version {
    case .v2: value("inactive_file") + value("active_file") - value("file_dirty") - value("file_writeback")
    case .v1: value("total_inactive_file") + value("total_active_file") - value("total_dirty")
    }
  }
}

/// Where a control-group hierarchy is mounted.
private struct Mount {
  /// The part of the hierarchy that is visible at `point`.
  var root: String
  var point: String

  static func find(_ version: ControlGroup.Version, _ controller: String, in mountInformation: String) -> Mount? {
    for line in mountInformation.split(separator: "\n") {
      // … … … root point options … - type source superoptions
      guard let dash = line.range(of: " - ") else { continue }
      let head = line[..<dash.lowerBound].split(separator: " ")
      let tail = line[dash.upperBound...].split(separator: " ")
      guard head.count >= 5, let type = tail.first else { continue }
      let matches =
        switch version {
        case .v2: type == "cgroup2"
        case .v1: type == "cgroup" && (tail.last?.split(separator: ",").contains(Substring(controller)) ?? false)
        }
      if matches { return Mount(root: String(head[3]), point: String(head[4])) }
    }
    return nil
  }

  /// The folder of group `path` and of all groups around it.
  func folders(of path: String) -> [String] {
    var relative = path
    if root != "/" {
      // Inside a container the visible root is often the group itself.
      relative = path.hasPrefix(root) ? String(path.dropFirst(root.count)) : "/"
    }
    var parts = relative.split(separator: "/").map(String.init)
    if parts.contains("..") { parts = [] }
    return (0...parts.count).reversed().map { ([point] + parts.prefix($0)).joined(separator: "/") }
  }
}

extension StringProtocol {
  /// The first place of `needle`.
  fileprivate func range(of needle: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(needle) { return start..<index(start, offsetBy: needle.count) }
      start = index(after: start)
    }
    return nil
  }
}
