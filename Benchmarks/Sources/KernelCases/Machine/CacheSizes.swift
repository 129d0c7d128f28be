import Tensor

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where operands lie while a kernel runs over them again and again.
public enum MemoryLevel: String, CaseIterable, Sendable {
  case l1 = "L1"
  case l2 = "L2"
  case l3 = "L3"
  case memory
}

/// Bytes of the caches.
public struct CacheSizes: Sendable, Equatable {
  /// Data caches of one core.
  public var l1: Int
  public var l2: Int
  /// All last-level caches of the processors that this process may use.
  public var l3: Int

  public init(l1: Int, l2: Int, l3: Int) {
    self.l1 = l1
    self.l2 = l2
    self.l3 = l3
  }

  /// The machine's, read once.
  public static let current = read()

  /// Bytes of distinct operands that no cache can hold until they are used again.
  public var cold: Int { max(64 << 20, 4 * max(l2, l3)) }

  /// The smallest level that holds `byteCount` bytes which `threads` workers share equally.
  public func level(of byteCount: Int, threads: Int) -> MemoryLevel {
    if byteCount <= l1 * threads { return .l1 }
    if byteCount <= l2 * threads { return .l2 }
    return byteCount <= l3 ? .l3 : .memory
  }

  /// - Parameter root: where /sys is looked for; "" on a real machine.
  static func read(root: String = "") -> CacheSizes {
    var sizes: [Int: Int] = [:]
    // Caches of the last level are told apart by the processors that share them.
    var lastLevel: [String: Int] = [:]
    for processor in Processors.allowed {
      for index in 0..<8 {
        let folder = "\(root)/sys/devices/system/cpu/cpu\(processor)/cache/index\(index)/"
        guard let level = text(folder + "level").flatMap({ Int($0) }), text(folder + "type") != "Instruction",
          let size = text(folder + "size").flatMap(byteCount)
        else { continue }
        sizes[level] = max(sizes[level] ?? 0, size)
        if level == 3 { lastLevel[text(folder + "shared_cpu_list") ?? ""] = size }
      }
    }
    return CacheSizes(
      l1: sizes[1] ?? 32 << 10, l2: sizes[2] ?? 1 << 20, l3: lastLevel.values.reduce(0, +))
  }

  /// "48K", "32M" or a plain number, in bytes.
  static func byteCount(_ text: String) -> Int? {
    let shift = text.hasSuffix("K") ? 10 : text.hasSuffix("M") ? 20 : 0
    guard let number = Int(shift == 0 ? text[...] : text.dropLast()), number > 0, number < 1 << 30 else { return nil }
    return number << shift
  }

  /// The first line of a short file.
  private static func text(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }
}
