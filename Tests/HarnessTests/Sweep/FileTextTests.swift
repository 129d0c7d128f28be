import Foundation
import Testing

@testable import Harness

/// Runs a body with a folder that is gone afterwards.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let url = FileManager.default.temporaryDirectory.appending(path: "llm-bench-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: url) }
  try body(url.path)
}

func write(_ text: String, to path: String) throws {
  try Data(text.utf8).write(to: URL(filePath: path))
}

@Suite struct FileTextTests {
  private func loadFault(_ path: String) -> String {
    do {
      _ = try SweepFile.load(path: path)
      return ""
    } catch { return "\(error)" }
  }

  private func fault(_ bytes: [UInt8]) -> String {
    do {
      _ = try SweepFile.parse(bytes, path: "s.yaml", overrides: []) { _ in nil }
      return ""
    } catch { return error.description }
  }

  @Test("a file that cannot be read is named with the reason and the cure")
  func unreadable() throws {
    #expect(
      loadFault("/nowhere/s.yaml") == """
        /nowhere/s.yaml: cannot be read: No such file or directory
             give the path of a sweep file, such as yamls/1b.yaml
        """)
    #expect(loadFault("").contains("no path given"))
    #expect(loadFault("a\0b").contains("cannot be read"))
    #expect(loadFault("/dev/zero").contains("is no file"))
    try withTemporaryFolder { folder in
      #expect(loadFault(folder).contains("is a directory"))
      try write(String(repeating: "#", count: 2 << 20), to: folder + "/large.yaml")
      #expect(loadFault(folder + "/large.yaml").contains("larger than 1 MiB"))
      let pipe = folder + "/pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      #expect(loadFault(pipe).contains("the file is empty"))
    }
  }

  @Test("a file is read with or without a byte order mark")
  func byteOrderMark() throws {
    try withTemporaryFolder { folder in
      try write("\u{FEFF}" + validSweep, to: folder + "/s.yaml")
      #expect(try SweepFile.load(path: folder + "/s.yaml") == sweep(validSweep))
    }
  }

  @Test("an empty file, comments alone, or no mapping is no sweep")
  func noSweep() {
    for text in ["", "\n\n", "# nothing"] {
      #expect(faults(text).hasPrefix("s.yaml:1:1: nothing to run: the file is empty"))
    }
    #expect(faults("- 1").hasPrefix("s.yaml:1:1: a sweep file is a mapping of keys to values, not a list"))
    #expect(faults("hello").contains("not a string"))
  }

  @Test("bytes that are not UTF-8 are shown where they stand")
  func encoding() {
    #expect(
      fault(Array("a: 1\nbä: ".utf8) + [0xE9, 0x0A]) == """
        s.yaml:2:5: not UTF-8
          2 | bä: \u{FFFD}
            |     ^
              save the file as UTF-8
        """)
    #expect(fault([0xFF, 0xFE, 0x61, 0x00]).contains("the file is UTF-16, not UTF-8"))
    #expect(fault(Array("a: 1\0".utf8)).hasPrefix("s.yaml:1:5: not YAML: control characters are not allowed"))
    #expect(fault([0xED, 0xA0, 0x80]).hasPrefix("s.yaml:1:1: not UTF-8"))
  }
}
